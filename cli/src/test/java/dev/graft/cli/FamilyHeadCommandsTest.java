package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on a checkpoint that is a classifier, and on its encoder alone. */
class FamilyHeadCommandsTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));

  @BeforeAll
  static void export() throws IOException {
    shop = Workshop.in(folder);
    TinyCheckpoints.of("distilbert")
        .with("architectures", List.of("DistilBertForSequenceClassification"))
        .with("num_labels", 2)
        .with("id2label", Map.of("0", "warm", "1", "cold"))
        .write(folder.resolve("classifier"));
    Run.of("export", shop.at("classifier"), "-o", shop.bundle(), "--task", "text-classification")
        .expect(ExitCode.OK);
  }

  @Test
  void showsTheHeadThatCameWithTheModel() {
    Run shown = Run.of("inspect", shop.bundle()).expect(ExitCode.OK);

    assertTrue(
        shown
            .out()
            .contains(
                "pre_classifier, relu, classifier of a 'distilbert' model, trained for 2 labels"),
        shown::toString);
    assertTrue(shown.out().contains("head.safetensors"), shown::toString);
  }

  @Test
  void theModelsOwnHeadAnswersAndIsMeasured() {
    JsonNode answer =
        Run.of("predict", shop.bundle(), "--text", "hot sun", "--logits")
            .expect(ExitCode.OK)
            .json();
    JsonNode score =
        Run.of("eval", shop.bundle(), "--data", shop.data(), "--json").expect(ExitCode.OK).json();

    assertEquals("", answer.path("adapter").asText());
    assertEquals("warm", answer.path("labels").path(0).asText());
    assertEquals(8, score.path("count").asInt(), score::toString);
    assertTrue(score.has("macroF1") && !score.has("method"), score::toString);
  }

  @Test
  void trainsAndMergesWithTheHead() {
    shop.train(shop.run()).expect(ExitCode.OK);
    JsonNode adapter = Run.of("inspect", shop.adapter(), "--json").expect(ExitCode.OK).json();
    Run.of("merge", shop.bundle(), "--adapter", shop.run(), "-o", shop.at("merged"))
        .expect(ExitCode.OK);

    assertEquals("cls", adapter.path("pooling").asText(), adapter::toString);
  }

  @Test
  void anEncoderGetsTheHeadWhenAsked() throws IOException {
    TinyCheckpoints.of("roberta").write(folder.resolve("encoder"));

    JsonNode answer =
        Run.of(
                "export",
                shop.at("encoder"),
                "-o",
                shop.at("asked"),
                "--task",
                "text-classification",
                "--head",
                "family",
                "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals("classifier.dense.weight", answer.path("head").path(0).asText());
    assertEquals(0, answer.path("headLabels").size());
    Run.of("predict", shop.at("asked"), "--text", "hot")
        .failsWith(ExitCode.USAGE, "no adapter is given", "no head came", "--adapter");
  }

  @Test
  void refusesAnUnknownHead() {
    Run.of(
            "export",
            shop.at("classifier"),
            "-o",
            shop.at("none"),
            "--task",
            "text-classification",
            "--head",
            "famly")
        .failsWith(ExitCode.USAGE, "'famly'", "did you mean 'family'?");
  }
}
