package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixTypeTest extends AdapterTypeContract {
  private static final String EMBEDDINGS = "prompt_embeddings";

  @Override
  AdapterType type() {
    return new PrefixType();
  }

  @Override
  Adapter sample(float first) {
    return Samples.prefix(first);
  }

  @Override
  String digestOfSample() {
    return "sha256:d687973f63aeb31f1329b2c45d1442522a4c6ec9e0c0a115673d4ed3f7641b7f";
  }

  @Override
  Adapter idle() {
    PrefixLayer zeros = zeros(3);
    PrefixWeights weights = new PrefixWeights(List.of(zeros, zeros));
    return Adapter.of(weights.config(), weights, Map.of(), GraftRecord.empty());
  }

  private static PrefixLayer zeros(long virtual) {
    FloatTensor zeros = FloatTensor.zeros(List.of(2L, virtual, 4L));
    return new PrefixLayer(zeros, zeros);
  }

  private Path withConfig(Consumer<ObjectNode> edit) throws IOException {
    Path directory = write(new PeftFormat(), sample());
    Path file = directory.resolve(PeftFormat.CONFIG_FILE);
    ObjectNode json = Json.read(file);
    edit.accept(json);
    Json.write(file, json);
    return directory;
  }

  /**
   * PEFT views a row as {@code [layers * 2, heads, head_dim]}, puts the heads before the tokens and
   * gives each layer two of what is then first, its keys and its values.
   */
  @Test
  void laysTheLayersOutAsPeftDoes() throws IOException {
    Path file = write(new PeftFormat(), sample()).resolve(PeftFormat.TENSOR_FILE);
    SortedMap<String, FloatTensor> tensors = peftTensors(file);
    assertEquals(java.util.Set.of(EMBEDDINGS), tensors.keySet());
    FloatTensor rows = Objects.requireNonNull(tensors.get(EMBEDDINGS));
    assertEquals(List.of(3L, 2L * 2 * 8), rows.shape());
    int at = 0;
    for (int token = 0; token < 3; token++) {
      for (PrefixLayer layer : PrefixWeights.in(sample())) {
        for (FloatTensor part : List.of(layer.key(), layer.value())) {
          for (int head = 0; head < 2; head++) {
            for (int i = 0; i < 4; i++) {
              assertEquals(part.buffer().get((head * 3 + token) * 4 + i), rows.buffer().get(at++));
            }
          }
        }
      }
    }
  }

  @Test
  void namesTheTensorsOfAnOnnxAdapterAsGraphsDo() throws IOException {
    SortedMap<String, FloatTensor> tensors =
        OnnxAdapterFile.read(write(new OnnxAdapterFormat(), sample()));
    List<PrefixLayer> layers = PrefixWeights.in(sample());
    assertEquals(
        Map.of(
            "prefix.0.key", layers.get(0).key(),
            "prefix.0.value", layers.get(0).value(),
            "prefix.1.key", layers.get(1).key(),
            "prefix.1.value", layers.get(1).value()),
        tensors);
  }

  @Test
  void keepsLayersInTheirOrderBeyondTheTenth() throws IOException {
    List<PrefixLayer> layers = new java.util.ArrayList<>();
    for (int n = 0; n < 12; n++) {
      layers.add(new PrefixLayer(Samples.tensor(n, 1, 2, 2), Samples.tensor(n + 1, 1, 2, 2)));
    }
    PrefixWeights weights = new PrefixWeights(layers);
    Adapter adapter = Adapter.of(weights.config(), weights, Map.of(), GraftRecord.empty());
    for (AdapterFormat format : AdapterFormats.all()) {
      assertEquals(weights, format.read(write(format, adapter)).weights());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_virtual_tokens | 0 | at least 1",
        "num_virtual_tokens | 4 | prompt_embeddings",
        "num_layers | 3 | prompt_embeddings",
        "num_layers | 2.5 | whole number",
        "num_attention_heads | 3 | token_dim",
        "num_attention_heads | 0 | at least 1",
        "token_dim | 16 | prompt_embeddings",
        "token_dim | 2147483647 | num_attention_heads",
        "token_dim | 2147483646 | fewer virtual tokens",
        "num_transformer_submodules | 2 | both halves",
        "task_type | 3 | string"
      })
  void refusesAFieldByName(String field, String value, String part) throws IOException {
    refused(withConfig(json -> json.set(field, Json.toNode(number(value)))), part);
  }

  private static Number number(String text) {
    return text.contains(".") ? (Number) Double.valueOf(text) : (Number) Integer.valueOf(text);
  }

  @ParameterizedTest
  @CsvSource({"num_virtual_tokens", "num_layers", "num_attention_heads", "token_dim"})
  void refusesAMissingSizeByName(String field) throws IOException {
    refused(withConfig(json -> json.putNull(field)), "/" + field, "missing");
  }

  @Test
  void refusesAnEncoderDecoderByItsTask() throws IOException {
    refused(
        withConfig(
            json -> json.put("task_type", "SEQ_2_SEQ_LM").putNull("num_transformer_submodules")),
        "num_transformer_submodules");
  }

  @Test
  void otherHeadsOfTheSameWidthAreAnotherAdapter() throws IOException {
    Path directory = withConfig(json -> json.put("num_attention_heads", 4));
    Adapter read = new PeftFormat().read(directory);
    assertEquals(List.of(4L, 3L, 2L), PrefixWeights.in(read).get(0).key().shape());
  }

  @Test
  void readsAPrefixThatAProjectionMade() throws IOException {
    Path directory =
        withConfig(
            json ->
                json.put("prefix_projection", true)
                    .put("encoder_hidden_size", 512)
                    .putNull("init_weights"));
    LoadedAdapter loaded = new PeftFormat().load(directory, ReadOptions.strict());
    assertEquals(sample(), loaded.adapter());
    assertEquals(List.of(), loaded.warnings());
    Path again = write(new PeftFormat(), loaded.adapter());
    ObjectNode json = Json.read(again.resolve(PeftFormat.CONFIG_FILE));
    assertEquals(false, json.path("prefix_projection").asBoolean(true));
    assertEquals(8, json.path("encoder_hidden_size").asInt());
  }

  @Test
  void refusesTheEncoderInPlaceOfWhatItComputes() throws IOException {
    refused(
        edited(
            tensors -> {
              tensors.clear();
              tensors.put("embedding.weight", Samples.tensor(1, 3, 8));
              tensors.put("transform.0.weight", Samples.tensor(1, 8, 8));
            }),
        "embedding.weight",
        "save_pretrained");
  }

  @Test
  void warnsOfUnknownFieldsThatAreSwitchedOn() throws IOException {
    Path directory = withConfig(json -> json.put("use_magic", true));

    LoadedAdapter read = new PeftFormat().load(directory, ReadOptions.strict());

    assertEquals(1, read.warnings().size());
    assertTrue(read.warnings().get(0).contains("use_magic"));
  }

  @Test
  void warnsOfALayerOfZeros() throws IOException {
    PrefixWeights weights = new PrefixWeights(List.of(PrefixWeights.in(sample()).get(0), zeros(3)));
    Adapter adapter = Adapter.of(weights.config(), weights, Map.of(), GraftRecord.empty());
    LoadedAdapter read =
        new PeftFormat().load(write(new PeftFormat(), adapter), ReadOptions.strict());
    assertEquals(1, read.warnings().size());
    assertTrue(read.warnings().get(0).startsWith("1 of 2 layers have only zeros"));
  }

  @Test
  void keepsATrainedHeadUnderPeftsName() throws IOException {
    PrefixConfig decoder = (PrefixConfig) sample().config();
    PrefixConfig config =
        new PrefixConfig(
            decoder.virtualTokens(),
            decoder.layers(),
            decoder.kvHeads(),
            decoder.headDim(),
            List.of("classifier", "score"),
            Optional.of("SEQ_CLS"),
            Optional.empty(),
            Optional.of("main"));
    Adapter adapter =
        Adapter.of(
            config,
            sample().weights(),
            Map.of("score.weight", Samples.tensor(1, 2, 8)),
            GraftRecord.empty());
    Path directory = write(new PeftFormat(), adapter);
    assertEquals(
        java.util.Set.of(EMBEDDINGS, "base_model.score.weight"),
        peftTensors(directory.resolve(PeftFormat.TENSOR_FILE)).keySet());
    assertEquals(adapter, new PeftFormat().read(directory));
  }

  @Test
  void refusesTensorsOfTwoTypesInOneFile() throws IOException {
    SortedMap<String, FloatTensor> both = new TreeMap<>(type().onnxTensors(sample()));
    both.putAll(new LoraType().onnxTensors(Samples.plain()));
    Path path = folder.resolve("both.onnx_adapter");
    OnnxAdapterFile.write(path, both, TensorDtype.F32);
    refused(path, "several types", "LORA", "PREFIX_TUNING");
  }

  @Test
  void refusesAGapBetweenLayers() throws IOException {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(type().onnxTensors(sample()));
    tensors.put("prefix.3.key", Samples.tensor(1, 2, 3, 4));
    Path path = folder.resolve("gap.onnx_adapter");
    OnnxAdapterFile.write(path, tensors, TensorDtype.F32);
    refused(path, "prefix.3.key", "prefix.2.key");
  }
}
