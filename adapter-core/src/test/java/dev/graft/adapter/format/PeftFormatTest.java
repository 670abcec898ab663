package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.Derivation;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeftFormatTest extends AdapterFormatContract {
  private static final String PREFIX = "base_model.model.";

  @TempDir Path peft;

  private Path directory = Path.of("");

  @BeforeEach
  void writeAnAdapter() throws IOException {
    directory = peft.resolve("sample");
    new PeftFormat().write(Samples.classifier(), directory, WriteOptions.defaults().replacing());
  }

  @Override
  AdapterFormat format() {
    return new PeftFormat();
  }

  @Override
  Path tensorFile(Path path) {
    return path.resolve("adapter_model.safetensors");
  }

  private void editConfig(Consumer<ObjectNode> edit) throws IOException {
    Path file = directory.resolve(PeftFormat.CONFIG_FILE);
    ObjectNode json = Json.read(file);
    edit.accept(json);
    Json.write(file, json);
  }

  private void editTensors(Consumer<SortedMap<String, FloatTensor>> edit) throws IOException {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    try (Safetensors file = Safetensors.open(tensorFile(directory))) {
      for (String name : file.entries().keySet()) {
        tensors.put(name, file.floats(name));
      }
    }
    edit.accept(tensors);
    SafetensorsWriter.write(tensorFile(directory), tensors, Map.of(), TensorDtype.F32);
  }

  private void refused(String... parts) {
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> format().read(directory));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  private LoadedAdapter load() throws IOException {
    return format().load(directory, ReadOptions.strict());
  }

  @Test
  void readsBackTheWholeConfiguration() throws IOException {
    Adapter read = load().adapter();
    assertEquals(Samples.classifier(), read);
    assertEquals(Samples.classifier().digest(), read.digest());
  }

  @Test
  void writesTheConfigurationAsPythonDoes() throws IOException {
    String text = Files.readString(directory.resolve("adapter_config.json"));
    assertTrue(
        text.startsWith(
            """
            {
              "alora_invocation_tokens": null,
              "alpha_pattern": {
                "query": 1.5
              },
              "arrow_config": null,
            """),
        text);
    assertTrue(
        text.contains("\n  \"target_modules\": [\n    \"query\",\n    \"value\"\n  ],"), text);
    assertTrue(text.contains("\"loftq_config\": {},\n  \"lora_alpha\": 4,"), text);
    assertTrue(text.contains("\"inference_mode\": true"), text);
    List<String> keys = new java.util.ArrayList<>();
    Json.read(directory.resolve("adapter_config.json")).fieldNames().forEachRemaining(keys::add);
    assertEquals(keys.stream().sorted().toList(), keys);
  }

  @Test
  void namesTensorsAsPeftDoes() throws IOException {
    try (Safetensors file = Safetensors.open(tensorFile(directory))) {
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertEquals(List.of(3L, 5L), file.entry(PREFIX + Samples.QUERY + ".lora_A.weight").shape());
      assertEquals(List.of(4L, 3L), file.entry(PREFIX + Samples.QUERY + ".lora_B.weight").shape());
      assertEquals(List.of(2L, 5L), file.entry(PREFIX + "classifier.weight").shape());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_dora | true",
        "bias | \"all\"",
        "lora_bias | true",
        "layer_replication | [[0,4],[2,5]]",
        "target_parameters | [\"experts.weight\"]",
        "trainable_token_indices | [1,2]",
        "use_qalora | true",
        "init_lora_weights | \"pissa_niter_4\"",
        "init_lora_weights | \"olora\"",
        "init_lora_weights | \"loftq\"",
        "peft_type | \"IA3\"",
        "peft_type | null",
        "r | 0",
        "r | 2.5",
        "r | \"8\"",
        "lora_alpha | \"big\"",
        "lora_dropout | 1.0",
        "rank_pattern | {\"(\": 3}",
        "rank_pattern | [3]",
        "target_modules | \"((a\"",
        "layers_to_transform | [-1]",
        "use_rslora | 1",
        "modules_to_save | {}",
        "task_type | 3"
      })
  void refusesAFieldByName(String field, String value) throws IOException {
    String json = Files.readString(directory.resolve(PeftFormat.CONFIG_FILE));
    String edited =
        json.replaceFirst(
            "(?s)\"" + field + "\": (\\[.*?\\]|\\{.*?\\}|[^,\n]*)",
            java.util.regex.Matcher.quoteReplacement("\"" + field + "\": " + value));
    Files.writeString(directory.resolve(PeftFormat.CONFIG_FILE), edited);
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> format().read(directory));
    assertTrue(e.getMessage().contains(PeftFormat.CONFIG_FILE), e.getMessage());
  }

  @Test
  void anEmptyObjectIsNoListOfModules() throws IOException {
    editConfig(json -> json.putObject("target_modules").put("query", true));
    refused("/target_modules");
  }

  @Test
  void warnsOfUnknownFieldsThatAreSwitchedOn() throws IOException {
    editConfig(json -> json.put("use_magic", true).put("use_other", false).putNull("third"));
    assertEquals(1, load().warnings().size());
    assertTrue(load().warnings().get(0).contains("use_magic"));
  }

  @Test
  void readsOldAndSparseConfigurations() throws IOException {
    editConfig(
        json ->
            json.retain("peft_type", "r", "lora_alpha", "rank_pattern", "alpha_pattern")
                .putNull("target_modules")
                .put("modules_to_save", "classifier"));
    LoadedAdapter loaded = load();
    LoraConfig config = (LoraConfig) loaded.adapter().config();
    assertEquals(TargetModules.suffixes(Samples.QUERY, Samples.VALUE), config.targets());
    assertEquals(List.of("classifier"), config.modulesToSave());
    assertEquals(Samples.classifier().digest(), loaded.adapter().digest());
    assertTrue(loaded.warnings().get(0).contains("target_modules"));
  }

  @Test
  void keepsEveryKindOfTarget() throws IOException {
    for (TargetModules targets :
        List.of(
            new TargetModules.Regex(".*\\.(query|value)"),
            TargetModules.suffixes("value", "query"))) {
      LoraConfig config =
          ((LoraConfig) Samples.classifier().config())
              .toBuilder().targets(targets).init(InitLoraWeights.GAUSSIAN).useRslora(true).build();
      Path path = folder.resolve("targets");
      Adapter adapter =
          Adapter.of(
              config,
              Samples.classifier().weights(),
              Samples.classifier().saved(),
              GraftRecord.empty());
      format().write(adapter, path, WriteOptions.defaults().replacing());
      assertEquals(adapter, format().read(path));
    }
  }

  @Test
  void writesAllLinearAsTheModulesItWas() throws IOException {
    LoraConfig config =
        ((LoraConfig) Samples.classifier().config())
            .toBuilder().targets(new TargetModules.AllLinear()).build();
    Adapter adapter =
        Adapter.of(
            config,
            Samples.classifier().weights(),
            Samples.classifier().saved(),
            GraftRecord.empty());
    Path path = folder.resolve("all");
    format().write(adapter, path);
    assertEquals(
        TargetModules.suffixes(Samples.QUERY, Samples.VALUE),
        ((LoraConfig) format().read(path).config()).targets());
  }

  @Test
  void refusesAMissingFactor() throws IOException {
    editTensors(tensors -> tensors.remove(PREFIX + Samples.QUERY + ".lora_B.weight"));
    refused(Samples.QUERY + ".lora_B.weight", "missing");
  }

  /** PEFT compares the ends of names, not of paths, so DistilBERT's first layer is saved too. */
  @Test
  void takesEveryModuleWhoseNameEndsInASavedOne() throws IOException {
    editTensors(
        tensors -> {
          tensors.put(PREFIX + "pre_classifier.weight", Samples.tensor(5, 5, 5));
          tensors.put(PREFIX + "head.classifier.dense.bias", Samples.tensor(6, 5));
        });

    assertEquals(
        Set.of(
            "classifier.weight",
            "classifier.bias",
            "pre_classifier.weight",
            "head.classifier.dense.bias"),
        load().adapter().saved().keySet());

    editTensors(tensors -> tensors.put(PREFIX + "classifiers.weight", Samples.tensor(5, 5, 5)));
    refused("classifiers.weight", "extra tensor");
  }

  @Test
  void refusesAnExtraTensor() throws IOException {
    editTensors(tensors -> tensors.put(PREFIX + "pooler.dense.weight", Samples.tensor(1, 2, 2)));
    refused("pooler.dense.weight", "extra tensor", "classifier");
  }

  @Test
  void refusesTensorsOfUnsupportedFeatures() throws IOException {
    editTensors(tensors -> tensors.put(PREFIX + "x.lora_magnitude_vector", Samples.tensor(1, 2)));
    refused("lora_magnitude_vector", "DoRA");
  }

  @Test
  void refusesAShapeThatDisagreesWithTheRank() throws IOException {
    editConfig(json -> json.put("r", 7));
    refused(Samples.VALUE, "rank 2", "says 7");
  }

  @Test
  void refusesARankPatternThatNeverEnds() throws IOException {
    editConfig(json -> json.putObject("rank_pattern").put("(b?)(a|aa)+\\1c", 3));
    editTensors(
        tensors -> {
          tensors.put(PREFIX + "a".repeat(200) + ".lora_A.weight", Samples.tensor(1, 2, 2));
          tensors.put(PREFIX + "a".repeat(200) + ".lora_B.weight", Samples.tensor(1, 2, 2));
        });
    refused("backtracks without end");
  }

  @Test
  void refusesFactorsThatDisagree() throws IOException {
    editTensors(
        tensors -> tensors.put(PREFIX + Samples.QUERY + ".lora_B.weight", Samples.tensor(1, 4, 2)));
    refused(Samples.QUERY, "disagree on the rank");
  }

  @Test
  void refusesNanByTensorName() throws IOException {
    editTensors(
        tensors ->
            tensors.put(
                PREFIX + "classifier.bias",
                FloatTensor.of(List.of(2L), new float[] {1, Float.NaN})));
    refused("classifier.bias", "NaN");
  }

  @Test
  void refusesAnEmptyAdapter() throws IOException {
    editTensors(Map::clear);
    refused("empty");
  }

  @Test
  void refusesATrainedHeadOverUpdatesOfZero() throws IOException {
    editTensors(
        tensors ->
            tensors.replaceAll(
                (name, t) -> name.endsWith("lora_B.weight") ? FloatTensor.zeros(t.shape()) : t));
    refused("ineffective");
  }

  @Test
  void refusesAPickleWithTheRemedy() throws IOException {
    Files.move(tensorFile(directory), directory.resolve("adapter_model.bin"));
    refused("adapter_model.bin", "safe_serialization");
  }

  @Test
  void refusesBrokenJsonWithItsLine() throws IOException {
    Files.writeString(directory.resolve("adapter_config.json"), "{\n \"r\": 8,\n \"r\": 9}");
    refused("line 3", "Duplicate");
  }

  @Test
  void refusesARecordOfANewerVersion() throws IOException {
    Path file = directory.resolve("graft.json");
    ObjectNode json = Json.read(file).put("formatVersion", 2);
    Json.write(file, json);
    refused("graft.json", "/formatVersion", "version 2");
  }

  @Test
  void keepsUnknownFieldsOfTheRecord() throws IOException {
    Path file = directory.resolve("graft.json");
    Json.write(file, Json.read(file).put("colour", "green"));
    Adapter adapter = load().adapter();
    Path copy = folder.resolve("copy");
    format().write(adapter, copy);
    assertEquals("green", Json.read(copy.resolve("graft.json")).path("colour").asText());
  }

  @Test
  void keepsWhatAnAdapterWasComputedFrom() throws IOException {
    Derivation derivation =
        new Derivation(
            "ties",
            List.of(
                new Derivation.Parent(Samples.classifier().digest(), 0.7),
                new Derivation.Parent(Samples.plain().digest(), -0.3)),
            Json.newObject().put("density", 0.5));
    Adapter adapter =
        Samples.plain().withRecord(GraftRecord.builder().derivation(derivation).build());
    Path path = folder.resolve("derived");

    format().write(adapter, path);

    assertEquals(adapter, format().read(path));
    assertEquals(0.7, parents(path).path(0).path("weight").asDouble());
  }

  private static JsonNode parents(Path directory) throws IOException {
    return Json.read(directory.resolve("graft.json")).path("derivation").path("parents");
  }

  @Test
  void refusesAParentWithoutADigest() throws IOException {
    Path file = directory.resolve("graft.json");
    ObjectNode json = Json.read(file);
    ObjectNode parent =
        json.putObject("derivation").put("method", "cat").putArray("parents").addObject();

    Json.write(file, json);
    refused("graft.json", "/derivation/parents/0/digest", "missing");
    parent.put("weight", 1).put("digest", "sha256:short");
    Json.write(file, json);
    refused("graft.json", "64 hexadecimal digits", "sha256:short");
  }

  @Test
  void keepsThePrefixOfATaskModel() throws IOException {
    Adapter adapter =
        Adapter.of(
            LoraConfig.of(2, 2, TargetModules.suffixes("query")),
            LoraModules.of(Map.of("bert." + Samples.QUERY, Samples.weights(1, 2, 3, 4))),
            Map.of(),
            GraftRecord.empty());
    Path path = folder.resolve("bert");
    format().write(adapter, path);
    assertEquals("bert." + Samples.QUERY, LoraModules.in(format().read(path)).firstKey());
  }

  @Test
  void takesUnprefixedTensorsWithAWarning() throws IOException {
    editTensors(
        tensors -> {
          SortedMap<String, FloatTensor> bare = new TreeMap<>();
          tensors.forEach((name, t) -> bare.put(name.substring(PREFIX.length()), t));
          tensors.clear();
          tensors.putAll(bare);
        });
    assertEquals(Samples.classifier().digest(), load().adapter().digest());
    assertEquals(1, load().warnings().size());
  }
}
