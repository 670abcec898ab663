package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people and disks do wrong. Every test names the message and the exit code; after each of
 * them the folder must hold what it held before, so nothing half-written stays.
 */
class BadInputTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private Set<String> before = Set.of();

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
  }

  @BeforeEach
  void look() {
    before = shop.listing();
  }

  @AfterEach
  void nothingWasLeft() throws IOException {
    boolean left = Files.exists(shop.at("out"));
    NewFolder.delete(shop.at("out"));
    assertFalse(left, "an output was left behind");
    Set<String> now = shop.listing();
    now.removeAll(before);
    now.removeIf(name -> name.startsWith("given-"));
    assertEquals(Set.of(), now);
  }

  private static Run export(Path model, Object... more) {
    Object[] args = {
      "export", model, "-o", shop.at("out"), "--task", "text-classification",
    };
    return Run.of(
        java.util.stream.Stream.concat(java.util.Arrays.stream(args), java.util.Arrays.stream(more))
            .toArray());
  }

  private static Run train(Path data, Object... more) {
    Object[] args = {
      "train", shop.bundle(), "--data", data, "-o", shop.at("out"), "--max-steps", 2
    };
    return Run.of(
        java.util.stream.Stream.concat(java.util.Arrays.stream(args), java.util.Arrays.stream(more))
            .toArray());
  }

  private static Run predict(Path adapter) {
    return Run.of("predict", shop.bundle(), "--adapter", adapter, "--text", "hot");
  }

  @Test
  void refusesWhatIsNoModel() {
    Path text = shop.write("given-text.onnx", "this is not a model");

    export(text, "--tokenizer", shop.at("tokenizer.json"))
        .failsWith(ExitCode.INVALID, "cannot export", "given-text.onnx");
    Run.of("inspect", text).failsWith(ExitCode.INVALID, "given-text.onnx");
  }

  @Test
  void refusesATruncatedModel() throws IOException {
    byte[] all = Files.readAllBytes(shop.model());
    Path cut = shop.at("given-cut.onnx");
    Files.write(cut, java.util.Arrays.copyOf(all, all.length / 2));

    export(cut, "--tokenizer", shop.at("tokenizer.json"))
        .failsWith(ExitCode.INVALID, "given-cut.onnx");
  }

  @Test
  void saysThatAModelIsNotThere() {
    export(shop.at("nowhere.onnx")).failsWith(ExitCode.NOT_FOUND, "nowhere.onnx");
  }

  @Test
  void asksForTheTokenizer() throws IOException {
    Path alone = shop.at("given-alone");
    Files.createDirectories(alone);
    Files.copy(shop.model(), alone.resolve("model.onnx"));

    export(alone.resolve("model.onnx")).failsWith(ExitCode.NOT_FOUND, "tokenizer");
  }

  @Test
  void offersTheNearestModules() {
    export(shop.model(), "--targets", "qury").failsWith(ExitCode.USAGE, "qury", "query");
  }

  @Test
  void namesTheOperatorThatHasNoGradient() throws IOException {
    Model model = TinyEncoders.model(TinyEncoders.Style.DYNAMO, 1);
    GraphBuilder graph = GraphBuilder.from(model.graph()).clearOutputs();
    String odd = graph.op("Hardmax", Map.of("axis", Attribute.of(-1)), "last_hidden_state");
    graph.output(odd, "hidden_states", TensorType.of(ElementType.FLOAT, "batch", "tokens", 32L));
    Path file = shop.at("given-hardmax.onnx");
    OnnxWriter.write(model.withGraph(graph.build()), file);

    export(file).failsWith(ExitCode.INVALID, "Hardmax", "gradient");
    String inspected = Run.of("inspect", file).expect(ExitCode.OK).out();
    assertTrue(inspected.contains("cannot be trained"), inspected);
  }

  @Test
  void refusesExternalDataOutsideTheModelsFolder() throws IOException {
    Path inside = Files.createDirectories(shop.at("given-external"));
    Model model = TinyEncoders.model(TinyEncoders.Style.DYNAMO, 1);
    ExternalData.Written written =
        ExternalData.write(model.graph().initializers(), inside.resolve("weights.bin"));
    Path file = inside.resolve("model.onnx");
    OnnxWriter.write(model.withGraph(model.graph().withInitializers(written.tensors())), file);
    Files.move(inside.resolve("weights.bin"), shop.at("given-weights.bin"));
    Files.createSymbolicLink(inside.resolve("weights.bin"), shop.at("given-weights.bin"));

    export(file, "--tokenizer", shop.at("tokenizer.json"))
        .failsWith(ExitCode.INVALID, "weights.bin");
  }

  @Test
  void refusesATokenizerThatIsNone() {
    Path tokenizer = shop.write("given-tokenizer.json", "{\"model\": 3}");

    export(shop.model(), "--tokenizer", tokenizer)
        .failsWith(ExitCode.INVALID, "given-tokenizer.json");
  }

  @Test
  void refusesATokenizerWithMoreTokensThanTheModelHasEmbeddings() throws IOException {
    String tokenizer = Files.readString(shop.at("tokenizer.json"));
    Path larger =
        shop.write(
            "given-larger.json",
            tokenizer.replaceFirst("(\"vocab\" : \\{)", "$1 \"enormous\": 30000,"));

    export(shop.model(), "--tokenizer", larger)
        .failsWith(ExitCode.INVALID, "given-larger.json", "30000");
  }

  @Test
  void refusesToOverwrite() {
    Path model = shop.model();

    Run.of("export", model, "-o", shop.bundle(), "--task", "text-classification")
        .failsWith(ExitCode.CONFLICT, "exists already");
    Run.of("train", shop.bundle(), "--data", shop.data(), "-o", shop.run())
        .failsWith(ExitCode.CONFLICT, "--resume");
    Run.of("merge", shop.bundle(), "--adapter", shop.run(), "-o", shop.run())
        .failsWith(ExitCode.CONFLICT, "exists already");
    Run.of("convert", shop.run(), "-o", model, "--to", "onnx_adapter")
        .failsWith(ExitCode.CONFLICT, "exists already");
  }

  @Test
  void noticesAChangedWeightByte() throws IOException {
    Path damaged = shop.copy(shop.bundle(), "given-damaged");
    byte[] weights = Files.readAllBytes(damaged.resolve("weights.bin"));
    weights[weights.length / 2] ^= 1;
    Files.write(damaged.resolve("weights.bin"), weights);

    Run.of("inspect", damaged, "--verify").failsWith(ExitCode.INTEGRITY, "weights.bin", "digest");
  }

  @Test
  void noticesAMissingPieceOfABundle() throws IOException {
    Path damaged = shop.copy(shop.bundle(), "given-short");
    byte[] weights = Files.readAllBytes(damaged.resolve("weights.bin"));
    Files.write(
        damaged.resolve("weights.bin"), java.util.Arrays.copyOf(weights, weights.length - 4));

    Run.of("embed", damaged, "--text", "x").failsWith(ExitCode.INVALID, "weights.bin", "bytes");
  }

  @Test
  void refusesABundleOfAnotherFormatVersion() throws IOException {
    Path newer = shop.copy(shop.bundle(), "given-newer");
    Path manifest = newer.resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replaceFirst("(\"formatVersion\"\\s*:\\s*)\\d+", "$19"));

    Run.of("embed", newer, "--text", "x").failsWith(ExitCode.INVALID, "version", "9");
  }

  @Test
  void refusesAnAdapterOfAnotherBase() throws IOException {
    Path other = shop.at("given-other");
    Path model = TinyEncoders.write(other, TinyEncoders.Style.TORCHSCRIPT, 2);
    Run.of("export", model, "-o", other.resolve("b"), "--task", "text-classification")
        .expect(ExitCode.OK);

    Run.of("predict", other.resolve("b"), "--adapter", shop.run(), "--text", "x")
        .failsWith(ExitCode.INVALID, "base", "sha256:");
  }

  @Test
  void refusesADamagedAdapter() throws IOException {
    Path damaged = shop.copy(shop.adapter(), "given-adapter");
    Path tensors = damaged.resolve("adapter_model.safetensors");
    byte[] all = Files.readAllBytes(tensors);
    Files.write(tensors, java.util.Arrays.copyOf(all, all.length - 100));

    predict(damaged).failsWith(ExitCode.INVALID, "adapter_model.safetensors");
  }

  @Test
  void refusesAnAdapterWithANumberThatIsNone() throws IOException {
    Path damaged = shop.copy(shop.adapter(), "given-nan");
    Path tensors = damaged.resolve("adapter_model.safetensors");
    byte[] all = Files.readAllBytes(tensors);
    for (int i = 1; i <= 4; i++) {
      all[all.length - i] = (byte) 0xff;
    }
    Files.write(tensors, all);

    predict(damaged).failsWith(ExitCode.INVALID, "adapter_model.safetensors");
  }

  @Test
  void saysWhatIsNoAdapter() {
    predict(shop.at("nowhere")).failsWith(ExitCode.NOT_FOUND, "nowhere");
    predict(shop.bundle()).failsWith(ExitCode.INVALID, "not an adapter");
    Run.of("inspect", shop.root()).failsWith(ExitCode.INVALID, "cannot tell what");
  }

  @Test
  void namesTheLineOfBrokenJson() {
    Path data =
        shop.write("given-broken.jsonl", "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \n");

    train(data).failsWith(ExitCode.INVALID, "given-broken.jsonl:2");
    Run.of("data", "check", data).failsWith(ExitCode.INVALID, "given-broken.jsonl:2");
  }

  @Test
  void namesTheLineOfARowWithoutTextOrLabel() {
    Path noText = shop.write("given-notext.jsonl", "{\"text\": \"  \", \"label\": \"x\"}\n");
    Path noLabel = shop.write("given-nolabel.jsonl", "{\"text\": \"a\"}\n");

    train(noText).failsWith(ExitCode.INVALID, "given-notext.jsonl:1", "empty");
    train(noLabel).failsWith(ExitCode.INVALID, "given-nolabel.jsonl:1", "label");
  }

  @Test
  void refusesEmptyData() {
    Path empty = shop.write("given-empty.jsonl", "");

    train(empty).failsWith(ExitCode.INVALID, "given-empty.jsonl", "no examples");
    Run.of("predict", shop.bundle(), "--adapter", shop.run(), "--data", empty)
        .failsWith(ExitCode.INVALID, "given-empty.jsonl");
  }

  @Test
  void refusesAnotherEncoding() throws IOException {
    Path latin = shop.at("given-latin.jsonl");
    Files.write(
        latin,
        "{\"text\": \"caf\u00e9\", \"label\": \"x\"}\n".getBytes(StandardCharsets.ISO_8859_1));

    train(latin).failsWith(ExitCode.INVALID, "given-latin.jsonl", "UTF-8");
  }

  @Test
  void namesALabelThatTheAdapterDoesNotKnow() {
    Path data = shop.write("given-label.jsonl", "{\"text\": \"a\", \"label\": \"wram\"}\n");

    Run.of("eval", shop.bundle(), "--data", data, "--adapter", shop.run())
        .failsWith(ExitCode.INVALID, "wram", "warm");
  }

  @Test
  void namesAnAdapterThatARowAsksForInVain() {
    Path data = shop.write("given-row.jsonl", "{\"text\": \"a\", \"adapter\": \"weahter\"}\n");

    Run.of("predict", shop.bundle(), "--adapter", "weather=" + shop.run(), "--data", data)
        .failsWith(ExitCode.INVALID, "line 1", "weahter", "did you mean 'weather'?");
  }

  @Test
  void refusesSettingsThatAreNone() {
    Path config = shop.write("given-run.yaml", "max-stps: 3\n");
    Path broken = shop.write("given-broken.yaml", "max-steps: [3\n");

    train(shop.data(), "--config", config)
        .failsWith(ExitCode.INVALID, "max-stps", "did you mean", "max-steps");
    train(shop.data(), "--config", broken).failsWith(ExitCode.INVALID, "given-broken.yaml", "line");
    train(shop.data(), "--config", shop.at("nowhere.yaml"))
        .failsWith(ExitCode.NOT_FOUND, "nowhere.yaml");
  }

  @Test
  void refusesModulesWithoutASlot() {
    train(shop.data(), "--targets", "qury").failsWith(ExitCode.INVALID, "qury", "query");
  }

  @Test
  void refusesAnEmptyAnswerForAnEmptyPlace() {
    train(shop.data(), "--labels", shop.at("nowhere.txt"))
        .failsWith(ExitCode.NOT_FOUND, "nowhere.txt");
    Run.of("train", shop.at("nowhere"), "--data", shop.data(), "-o", shop.at("out"))
        .failsWith(ExitCode.NOT_FOUND, "nowhere", "graft export");
    Run.of("eval", shop.bundle(), "--data", shop.at("nowhere.jsonl"))
        .failsWith(ExitCode.NOT_FOUND, "nowhere.jsonl");
  }
}
