package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.GraftJson;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishing with the bundle in hand. */
class PublishProbesTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TextWorkshop texts = new TextWorkshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(Files.createDirectory(folder.resolve("labels")));
    texts = TextWorkshop.furnished(Files.createDirectory(folder.resolve("texts")));
    registry = TestRegistry.at(folder.resolve("store"), "acme");
  }

  private static Run add(Path bundle, Path adapter, String name, Object... more) {
    List<Object> args = new ArrayList<>(List.of("adapters", "add", adapter, name));
    args.addAll(List.of("--bundle", bundle));
    args.addAll(List.of(more));
    return registry.run(args.toArray());
  }

  /** The adapter with other weights, and the record of before. */
  private static Path changed(Path run, String name, UnaryOperator<LoraWeights> change)
      throws IOException {
    Adapter adapter = new PeftFormat().read(run.resolve("adapter"));
    Map<String, LoraWeights> modules = new TreeMap<>(LoraModules.in(adapter));
    modules.replaceAll((module, weights) -> change.apply(weights));
    return write(
        Adapter.of(adapter.config(), LoraModules.of(modules), adapter.saved(), adapter.record()),
        name);
  }

  private static Path write(Adapter adapter, String name) throws IOException {
    Path made = folder.resolve(name);
    new PeftFormat().write(adapter, made);
    return made;
  }

  private static long blobs() throws IOException {
    try (Stream<Path> blobs = Files.list(registry.store().resolve("blobs/sha256"))) {
      return blobs.count();
    }
  }

  @Test
  void publishesWhatAnswersAsAfterTraining() {
    Run run = add(shop.bundle(), shop.run(), "acme/labels").expect(ExitCode.OK);
    Run dry = add(shop.bundle(), shop.run(), "acme/labels", "--dry-run").expect(ExitCode.OK);
    JsonNode lora = add(texts.bundle(), texts.at("yes"), "acme/lora", "--json").json();
    JsonNode prefix = add(texts.bundle(), texts.at("prefix"), "acme/prefix", "--json").json();

    assertTrue(run.out().contains("3 probes, answered as after training"), run::out);
    assertTrue(dry.out().contains("dry run: 3 probes"), dry::out);
    assertEquals(3, lora.path("probesChecked").asInt(), lora::toString);
    assertEquals(3, prefix.path("probesChecked").asInt(), prefix::toString);
    assertEquals(0, lora.path("warnings").size(), lora::toString);
    JsonNode log = registry.line("adapters history acme/lora --json").json().path("events").get(0);
    assertEquals(3, log.path("detail").path("probesChecked").asInt(), log::toString);
  }

  @Test
  void refusesWeightsThatWereChangedAfterTraining() throws IOException {
    long blobs = blobs();
    UnaryOperator<LoraWeights> louder = w -> new LoraWeights(w.a(), w.b().scaled(1.5));
    String[] said = {"on \"a\" the adapter's ", "recorded as", "where 0.001", "is allowed"};

    add(shop.bundle(), changed(shop.run(), "loud-labels", louder), "acme/loud")
        .failsWith(ExitCode.REFUSED, said)
        .says("output", "as training wrote it");
    add(texts.bundle(), changed(texts.at("yes"), "loud-lora", louder), "acme/loud", "--dry-run")
        .failsWith(ExitCode.REFUSED, "logit of token", "recorded as");

    registry.line("adapters list acme/loud").failsWith(ExitCode.NOT_FOUND, "acme/loud");
    assertEquals(blobs, blobs());
  }

  @Test
  void refusesAPrefixThatWasChanged() throws IOException {
    Adapter adapter = new PeftFormat().read(texts.at("prefix/adapter"));
    List<PrefixLayer> layers =
        PrefixWeights.in(adapter).stream()
            .map(layer -> new PrefixLayer(layer.key(), layer.value().scaled(1.5)))
            .toList();
    Path other =
        write(
            Adapter.of(adapter.config(), new PrefixWeights(layers), Map.of(), adapter.record()),
            "loud-prefix");

    add(texts.bundle(), other, "acme/loud")
        .failsWith(ExitCode.REFUSED, "the adapter's logit of token", "recorded as");
  }

  @Test
  void refusesWhatHasNoEffect() throws IOException {
    UnaryOperator<LoraWeights> zero = w -> new LoraWeights(w.a(), w.b().scaled(0));
    UnaryOperator<LoraWeights> silent = w -> new LoraWeights(w.a(), w.b().scaled(1e-12));

    add(shop.bundle(), changed(shop.run(), "zero-labels", zero), "acme/silent")
        .failsWith(ExitCode.INVALID, "12 of 12 modules have an update of zero");
    add(shop.bundle(), changed(shop.run(), "silent-labels", silent), "acme/silent")
        .failsWith(ExitCode.REFUSED, "it has no effect: on 3 texts");
    add(texts.bundle(), changed(texts.at("yes"), "silent-lora", silent), "acme/silent")
        .failsWith(ExitCode.REFUSED, "it has no effect: on 3 texts");
  }

  @Test
  void refusesTheBundleOfAnotherBase() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path model = TinyEncoders.write(other, TinyEncoders.Style.TORCHSCRIPT, 2);
    Path bundle = other.resolve("bundle");
    Run.of("export", model, "-o", bundle, "--task", "text-classification").expect(ExitCode.OK);

    add(bundle, shop.run(), "acme/other")
        .failsWith(ExitCode.REFUSED, "trained for base model sha256:", "this bundle holds");
    add(texts.bundle(), shop.run(), "acme/other").failsWith(ExitCode.REFUSED, "base model");
    add(folder.resolve("none"), shop.run(), "acme/other").failsWith(ExitCode.NOT_FOUND, "bundle");
  }

  @Test
  void asksAnAdapterWithoutARecordNeutralTexts() throws IOException {
    Path foreign = texts.at("foreign");
    Adapter adapter = new PeftFormat().read(texts.at("yes/adapter"));
    new PeftFormat().write(adapter, foreign);
    Files.delete(foreign.resolve(GraftJson.FILE));

    Run run = add(texts.bundle(), foreign, "acme/foreign", "--json").expect(ExitCode.OK);

    assertEquals(0, run.json().path("probesChecked").asInt());
    assertEquals(
        adapter.record().baseDigest().orElseThrow(),
        run.json().path("version").path("baseDigest").asText());
    run.says("has no probes", "not what it answers");
  }

  @Test
  void checksWhatWasTrainedToBePublished() {
    Run run =
        registry.run(
            "train",
            shop.bundle(),
            "--data",
            shop.data(),
            "-o",
            shop.at("published"),
            "--max-steps",
            4,
            "--lr",
            0.01,
            "--publish",
            "acme/trained");

    assertTrue(run.expect(ExitCode.OK).out().contains("3 probes, answered as"), run::out);
  }
}
