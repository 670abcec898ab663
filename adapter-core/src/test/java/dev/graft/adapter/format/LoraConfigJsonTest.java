package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraConfigJsonTest {
  private final List<String> warnings = new ArrayList<>();

  private LoraConfig read(ObjectNode json) throws AdapterFormatException {
    return LoraConfigJson.read(new JsonFields(Path.of("config"), "", json), warnings);
  }

  private static ObjectNode written(LoraConfig config) {
    return written(Samples.classifier(), config);
  }

  private static ObjectNode written(Adapter adapter, LoraConfig config) {
    ObjectNode json = Json.newObject();
    LoraConfigJson.write(adapter, config, json);
    return json;
  }

  @Test
  void takesPeftsDefaultsForWhatIsMissing() throws AdapterFormatException {
    LoraConfig config = read(Json.newObject());

    assertEquals(8, config.rank());
    assertEquals(8, config.alpha());
    assertEquals(0, config.dropout());
    assertEquals(TargetModules.none(), config.targets());
    assertEquals(InitLoraWeights.DEFAULT, config.init());
    assertEquals(List.of(), config.layersToTransform());
    assertEquals(List.of(), warnings);
  }

  @Test
  void keepsEveryFieldThatItWrites() throws AdapterFormatException {
    LoraConfig config =
        LoraConfig.builder()
            .rank(4)
            .alpha(1.5)
            .dropout(0.25)
            .targets(TargetModules.suffixes("query", "value"))
            .excludeModules(TargetModules.parse("layer\\.[01]\\..*"))
            .layersToTransform(List.of(2, 3))
            .layersPattern(List.of("layer"))
            .rankPattern(Map.of("query", 2))
            .alphaPattern(Map.of("value", 0.5))
            .useRslora(true)
            .fanInFanOut(true)
            .modulesToSave(List.of("classifier"))
            .taskType("SEQ_CLS")
            .baseModelName("base")
            .revision("main")
            .init(InitLoraWeights.GAUSSIAN)
            .build();

    assertEquals(config, read(written(config)));
    assertEquals(List.of(), warnings);
  }

  @Test
  void takesAnEmptyPatternForAnyContainer() throws AdapterFormatException {
    ObjectNode json = Json.newObject();
    json.putArray("layers_to_transform").add(1);
    json.put("layers_pattern", "");

    assertEquals(List.of(), read(json).layersPattern());
    assertEquals(List.of(1), read(json).layersToTransform());
  }

  @Test
  void namesAModuleOnceThatIsListedTwice() throws AdapterFormatException {
    ObjectNode json = Json.newObject();
    json.putArray("target_modules").add("query").add("query");

    assertEquals(TargetModules.suffixes("query"), read(json).targets());
  }

  @ParameterizedTest
  @ValueSource(strings = {"eva", "orthogonal"})
  void warnsOfFirstFactorsThatItDoesNotNote(String init) throws AdapterFormatException {
    assertEquals(
        InitLoraWeights.DEFAULT, read(Json.newObject().put("init_lora_weights", init)).init());

    assertEquals(
        List.of("init_lora_weights \"%s\" is noted as the default".formatted(init)), warnings);
  }

  @Test
  void takesBothTruthsForTheDefaultStart() throws AdapterFormatException {
    for (boolean value : new boolean[] {true, false}) {
      ObjectNode json = Json.newObject().put("init_lora_weights", value);
      assertEquals(InitLoraWeights.DEFAULT, read(json).init());
    }
    assertEquals(List.of(), warnings);
  }

  @Test
  void letsUnsupportedFieldsPassThatAreSwitchedOff() throws AdapterFormatException {
    ObjectNode json = Json.newObject().put("use_dora", false).put("bias", "none");
    json.putNull("layer_replication").putArray("target_parameters");

    assertEquals(8, read(json).rank());
    assertEquals(List.of(), warnings);
  }

  @Test
  void saysWhatToDoAboutAFieldThatIsNotSupported() {
    var problem =
        assertThrows(
            AdapterFormatException.class, () -> read(Json.newObject().put("use_dora", true)));
    var bias =
        assertThrows(AdapterFormatException.class, () -> read(Json.newObject().put("bias", "all")));

    assertEquals(
        "config at /use_dora: true is not supported; train without DoRA", problem.getMessage());
    assertEquals(
        "config at /bias: \"all\" is not supported, expected \"none\"; train without biases",
        bias.getMessage());
  }

  @Test
  void writesNumbersAsPeopleDo() {
    assertEquals("16", alpha(16));
    assertEquals("0.5", alpha(0.5));
    assertEquals("999999999999999", alpha(999_999_999_999_999.0));
    assertEquals("1.0E15", alpha(1e15));
  }

  private static String alpha(double alpha) {
    LoraConfig config =
        LoraConfig.builder().rank(2).alpha(alpha).targets(TargetModules.suffixes("query")).build();
    return written(config).path("lora_alpha").toString();
  }

  @Test
  void writesModulesInTheFormThatTheyHave() {
    assertEquals("[\"query\",\"value\"]", targets(TargetModules.suffixes("query", "value")));
    assertEquals("\"a|b\"", targets(TargetModules.parse("a|b")));
    assertEquals(
        "[\"%s\",\"%s\"]".formatted(Samples.QUERY, Samples.VALUE),
        targets(TargetModules.parse("all-linear")));
    LoraConfig none = LoraConfig.builder().rank(2).alpha(2).targets(TargetModules.none()).build();
    assertEquals("null", written(none).path("target_modules").toString());
    assertEquals("null", written(none).path("modules_to_save").toString());
    assertEquals(Optional.empty(), none.taskType());
  }

  @Test
  void keepsAllLinearWhereNoModuleTellsWhatItWas() {
    LoraConfig all =
        LoraConfig.builder().rank(2).alpha(2).targets(new TargetModules.AllLinear()).build();
    Adapter head =
        Adapter.of(
            all.toBuilder().modulesToSave(List.of("classifier")).build(),
            LoraModules.of(Map.of()),
            Map.of("classifier.bias", Samples.tensor(1, 2)),
            GraftRecord.empty());

    assertEquals("\"all-linear\"", written(head, all).path("target_modules").toString());
  }

  private static String targets(TargetModules modules) {
    LoraConfig config = LoraConfig.builder().rank(2).alpha(2).targets(modules).build();
    return written(config).path("target_modules").toString();
  }
}
