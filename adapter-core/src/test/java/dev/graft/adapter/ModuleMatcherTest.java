package dev.graft.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModuleMatcherTest {
  private static final List<String> BERT = bert();

  private static List<String> bert() {
    List<String> modules = new ArrayList<>();
    for (int layer = 0; layer < 12; layer++) {
      String path = "encoder.layer." + layer + ".";
      for (String name : List.of("query", "key", "value")) {
        modules.add(path + "attention.self." + name);
      }
      modules.add(path + "attention.output.dense");
      modules.add(path + "intermediate.dense");
      modules.add(path + "output.dense");
    }
    modules.add("pooler.dense");
    modules.add("classifier");
    return modules;
  }

  private static LoraConfigBuilder targeting(String... names) {
    return LoraConfig.builder().targets(TargetModules.suffixes(names));
  }

  private static List<String> match(LoraConfigBuilder config) {
    return ModuleMatcher.of(config.build()).match(BERT);
  }

  private static String problem(LoraConfigBuilder config) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> match(config));
    return String.valueOf(e.getMessage());
  }

  @Test
  void aNameMatchesTheWholePathOrItsEndAfterADot() {
    assertEquals(24, match(targeting("query", "value")).size());
    assertEquals(
        12, match(targeting("output.dense")).stream().filter(m -> m.contains("attention")).count());
    assertEquals(List.of("pooler.dense"), match(targeting("pooler.dense")));
    assertFalse(ModuleMatcher.of(targeting("uery").build()).matches(BERT.get(0)));
  }

  @Test
  void keepsTheOrderOfTheModel() {
    assertEquals(
        List.of("encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.value"),
        match(targeting("value", "query")).subList(0, 2));
  }

  @Test
  void aPatternMatchesTheWholePath() {
    assertEquals(
        3,
        match(
                LoraConfig.builder()
                    .targets(TargetModules.parse("encoder\\.layer\\.1\\.attention\\.self\\..*")))
            .size());
    assertTrue(
        problem(LoraConfig.builder().targets(TargetModules.parse("query"))).contains("\"query\""));
  }

  @Test
  void pythonsNamedGroupsAreUnderstood() {
    assertEquals(
        12,
        match(LoraConfig.builder().targets(TargetModules.parse(".*\\.(?P<name>query)"))).size());
  }

  @Test
  void allLinearTakesEverythingButTheHead() {
    LoraConfigBuilder all = LoraConfig.builder().targets(TargetModules.parse("All-Linear"));
    assertEquals(BERT.size(), match(all).size());
    assertFalse(match(all.taskType("SEQ_CLS")).contains("classifier"));
    List<String> noHead = ModuleMatcher.of(all.taskType(null).build()).match(BERT, "pooler.dense");
    assertFalse(noHead.contains("pooler.dense"));
    assertEquals(BERT.size() - 1, noHead.size());
  }

  @Test
  void excludedModulesLose() {
    assertEquals(
        13,
        match(targeting("dense").excludeModules(TargetModules.suffixes("output.dense"))).size());
    assertEquals(
        11, match(targeting("query").excludeModules(TargetModules.parse(".*\\.3\\..*"))).size());
  }

  @Test
  void modulesSavedWholeAreNeverTargeted() {
    assertEquals(36, match(targeting("dense").modulesToSave(List.of("pooler"))).size());
    String problem = problem(targeting("query", "classifier").modulesToSave(List.of("classifier")));
    assertTrue(problem.contains("\"classifier\" matches 1 modules"), problem);
  }

  @Test
  void layersAreChosenByTheNumberAfterTheirContainer() {
    assertEquals(
        List.of("encoder.layer.2.attention.self.query", "encoder.layer.11.attention.self.query"),
        match(targeting("query").layersToTransform(List.of(2, 11))));
    assertEquals(
        1,
        match(targeting("query").layersToTransform(List.of(2)).layersPattern(List.of("layer")))
            .size());
    assertTrue(
        problem(targeting("query").layersToTransform(List.of(2)).layersPattern(List.of("block")))
            .contains("layers_to_transform"));
  }

  @Test
  void aPathWrittenOutIsMeantWhateverItsLayer() {
    String path = "encoder.layer.5.attention.self.key";
    assertEquals(
        List.of("encoder.layer.0.attention.self.query", path),
        match(targeting("query", path).layersToTransform(List.of(0))));
  }

  @Test
  void likePeftALayerNumberNeedsADotBeforeItsContainer() {
    LoraConfig config = targeting("q_proj").layersToTransform(List.of(0)).build();
    assertFalse(ModuleMatcher.of(config).matches("layers.0.self_attn.q_proj"));
    assertTrue(ModuleMatcher.of(config).matches("model.layers.0.self_attn.q_proj"));
  }

  @Test
  void aTargetThatMatchesNothingIsAnErrorWithNearNames() {
    String problem = problem(targeting("query", "vlaue"));
    assertTrue(problem.contains("target \"vlaue\" matches no linear module"), problem);
    assertTrue(problem.contains("did you mean \"value\""), problem);
    assertTrue(problem.contains("\"dense\", \"key\", \"query\""), problem);
  }

  @Test
  void nearNamesHaveAsManyComponentsAsWhatWasAskedFor() {
    assertTrue(problem(targeting("self.qery")).contains("did you mean \"self.query\""));
  }

  @Test
  void noTargetAtAllIsAnError() {
    assertTrue(problem(LoraConfig.builder()).contains("no linear module matches"));
  }

  @Test
  void aHostilePatternEndsInAnError() {
    LoraConfig config =
        LoraConfig.builder().targets(TargetModules.parse("(b?)(a|aa)+\\1c")).build();
    String module = "a".repeat(200) + "!";
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThrows(
                IllegalArgumentException.class, () -> ModuleMatcher.of(config).matches(module)));
    assertThrows(IllegalArgumentException.class, () -> TargetModules.parse("(".repeat(5000)));
    assertThrows(
        IllegalArgumentException.class,
        () -> TargetModules.parse("(".repeat(2000) + "x".repeat(10)));
  }
}
