package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.algebra.CombinationMethod;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code graft adapters}: what is computed with adapters that were trained here. */
class AdaptersTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static Path second = Path.of("");

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    second = shop.at("second");
    shop.train(second, "--seed", 9).expect(ExitCode.OK);
  }

  private static Run combine(Object... args) {
    return Run.of(Stream.concat(Stream.of("adapters", "combine"), Stream.of(args)).toArray());
  }

  private static Path shelf(CombinationMethod method) {
    return shop.at("by-" + method.text());
  }

  @ParameterizedTest
  @EnumSource(CombinationMethod.class)
  void combinesByEveryMethodIntoAnAdapterThatAnswers(CombinationMethod method) {
    Path out = shelf(method);
    Object[] density = method.usesDensity() ? new Object[] {"--density", "0.9"} : new Object[0];
    Object[] args = {
      shop.run() + ":0.7",
      second + ":0.3",
      "-o",
      out,
      "--saved",
      "first",
      "--json",
      "--method",
      method.text()
    };

    JsonNode answer =
        combine(Stream.concat(Arrays.stream(args), Arrays.stream(density)).toArray())
            .expect(ExitCode.OK)
            .json();

    assertEquals(method.text(), answer.path("method").asText());
    assertEquals(0.3, answer.path("parents").get(1).path("weight").asDouble());
    assertEquals(1, answer.path("conflicts").size());
    assertEquals(method.choosesRank(), answer.has("relativeError"));
    JsonNode seen = Run.of("inspect", out, "--json").expect(ExitCode.OK).json();
    assertEquals(answer.path("digest"), seen.path("digest"));
    Run.of("predict", shop.bundle(), "--adapter", out, "--text", "hot sun").expect(ExitCode.OK);
  }

  @Test
  void printsTheConflictsBeforeTheAnswer() {
    String out =
        combine(shop.run(), second + ":-0.5", "-o", shop.at("printed"), "--saved", "first")
            .expect(ExitCode.OK)
            .out();

    assertTrue(out.indexOf("cosine") >= 0, out);
    assertTrue(out.indexOf("cosine") < out.indexOf("svd, "), out);
    assertTrue(out.contains("the rank costs"), out);
  }

  @Test
  void takesAPathWithAColon() {
    Path odd = shop.copy(second, "run:2");

    assertEquals(1.0, secondWeight(odd.toString(), "colon-1"));
    assertEquals(0.25, secondWeight(odd + ":0.25", "colon-2"));
  }

  private static double secondWeight(String argument, String out) {
    return combine(shop.run(), argument, "-o", shop.at(out), "--saved", "first", "--json")
        .expect(ExitCode.OK)
        .json()
        .path("parents")
        .get(1)
        .path("weight")
        .asDouble();
  }

  @Test
  void aSeedChangesWhatIsDropped() {
    Object[] args = {
      shop.run(), second, "--saved", "first", "--json", "--method", "dare_linear", "--density", 0.5
    };

    assertEquals(digest(args, "-o", shop.at("seed-0")), digest(args, "-o", shop.at("seed-00")));
    assertNotEquals(
        digest(args, "-o", shop.at("seed-1"), "--seed", 1),
        digest(args, "-o", shop.at("seed-2"), "--seed", 2));
  }

  private static String digest(Object[] args, Object... more) {
    return combine(Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray())
        .expect(ExitCode.OK)
        .json()
        .path("digest")
        .asText();
  }

  @Test
  void resizesAndSaysWhatItCosts() {
    JsonNode small =
        Run.of("adapters", "resize", shop.run(), "--rank", 1, "-o", shop.at("small"), "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(1, small.path("largestRank").asInt());
    double cost = small.path("relativeError").asDouble();
    assertTrue(cost > 0 && cost < 1, small::toString);
    Run.of("adapters", "resize", shop.at("small"), "--rank", 3, "-o", shop.at("grown"))
        .expect(ExitCode.OK);
    Run.of("predict", shop.bundle(), "--adapter", shop.at("grown"), "--text", "hot sun")
        .expect(ExitCode.OK);
    Run.of("adapters", "resize", shop.at("small"), "--rank", 1, "-o", shop.at("none"))
        .failsWith(ExitCode.USAGE, "rank 1 already");
    assertFalse(Files.exists(shop.at("none")));
  }

  @Test
  void refusesWhatDoesNotBelongTogether() throws IOException {
    Path none = shop.at("none");
    PrefixWeights weights = PrefixInit.random(PrefixConfig.of(5, 2, 3, 4), 1);
    Path prefix = shop.at("prefix");
    new PeftFormat()
        .write(Adapter.of(weights.config(), weights, Map.of(), GraftRecord.empty()), prefix);

    combine(shop.run(), second, "-o", none)
        .failsWith(ExitCode.INVALID, "carry the parameter", "first");
    combine(shop.run(), prefix, "-o", none).failsWith(ExitCode.INVALID, "PREFIX_TUNING");
    combine(shop.run(), "-o", none).failsWith(ExitCode.INVALID, "two adapters or more");
    combine(shop.run(), shop.at("nowhere"), "-o", none).failsWith(ExitCode.NOT_FOUND, "nowhere");
    combine(shop.run(), second, "-o", shop.run()).failsWith(ExitCode.CONFLICT, "exists already");
    assertFalse(Files.exists(none));
  }

  @Test
  void refusesOptionsThatAreNone() {
    Path none = shop.at("none");
    for (List<String> wrong :
        List.of(
            List.of("--method", "ties"),
            List.of("--method", "ties", "--density", "1.5"),
            List.of("--density", "0.5"),
            List.of("--seed", "3"),
            List.of("--method", "linear", "--rank", "3"),
            List.of("--majority-sign", "total"))) {
      Object[] args = {shop.run(), second, "-o", none, "--saved", "first"};
      combine(Stream.concat(Arrays.stream(args), wrong.stream()).toArray())
          .failsWith(ExitCode.USAGE);
    }
    combine(shop.run(), second + ":much", "-o", none)
        .failsWith(ExitCode.USAGE, "'much'", "DIR:WEIGHT");
    combine(shop.run(), second + ":0", "-o", none).failsWith(ExitCode.USAGE, "weight");
    combine(shop.run(), second, "-o", none, "--method", "teis")
        .failsWith(ExitCode.USAGE, "did you mean 'ties'");
    assertFalse(Files.exists(none));
  }

  @Test
  void showsItsCommands() {
    String help = Run.of("adapters").expect(ExitCode.OK).out();

    assertTrue(help.contains("combine") && help.contains("resize"), help);
  }
}
