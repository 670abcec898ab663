package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.weighted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CombinationRefusalTest {
  private static final Adapter ADAPTER = Loras.random(1, 3, 3, 6, 5);
  private static final Adapter OTHER = Loras.random(2, 3, 3, 6, 5);

  private static void refuses(
      CombinationMethod method, List<WeightedAdapter> adapters, String... parts) {
    CombinationOptions options = CombinationOptions.of(method);
    CombinationException e =
        assertThrows(
            CombinationException.class,
            () ->
                Combination.of(
                    adapters, method.usesDensity() ? options.withDensity(0.5) : options));
    for (String part : parts) {
      assertTrue(String.valueOf(e.getMessage()).contains(part), e::getMessage);
    }
  }

  private static List<WeightedAdapter> two(Adapter first, Adapter second) {
    return List.of(new WeightedAdapter("one", first, 1), new WeightedAdapter("two", second, 1));
  }

  private static Adapter ofBase(Adapter adapter, String base) {
    return adapter.withRecord(GraftRecord.builder().baseDigest(base).build());
  }

  private static Adapter ofNoBase(Adapter adapter) {
    return adapter.withRecord(GraftRecord.empty());
  }

  private static Adapter renamed(Adapter adapter, String prefix) {
    TreeMap<String, dev.graft.adapter.lora.LoraWeights> modules = new TreeMap<>();
    LoraModules.in(adapter).forEach((module, factors) -> modules.put(prefix + module, factors));
    return Loras.adapter(3, 3, modules);
  }

  @Test
  void refusesAnotherBase() {
    refuses(
        CombinationMethod.CAT,
        two(ADAPTER, ofBase(OTHER, "sha256:else")),
        "\"one\"",
        "sha256:base",
        "\"two\"",
        "sha256:else");
  }

  @Test
  void warnsWhereTheBaseIsNotSaid() {
    CombinedAdapter found =
        Combination.of(two(ADAPTER, ofNoBase(OTHER)), CombinationOptions.of(CombinationMethod.CAT));

    assertEquals(1, found.warnings().size());
    assertTrue(found.warnings().get(0).contains("\"two\""), found.warnings()::toString);
    assertEquals("sha256:base", found.adapter().record().baseDigest().orElseThrow());
  }

  @Test
  void refusesDisjointModulesUnlessTheBaseIsKnown() {
    Adapter elsewhere = renamed(OTHER, "bert.");
    CombinationOptions cat = CombinationOptions.of(CombinationMethod.CAT);

    refuses(CombinationMethod.CAT, two(ADAPTER, ofNoBase(elsewhere)), "no module in common");
    assertEquals(4, LoraModules.in(Combination.of(two(ADAPTER, elsewhere), cat).adapter()).size());
  }

  @ParameterizedTest
  @EnumSource(CombinationMethod.class)
  void refusesModulesOfAnotherShape(CombinationMethod method) {
    refuses(method, two(ADAPTER, Loras.random(2, 3, 3, 6, 4)), "layer.0.query", "[6, 5]", "[6, 4]");
  }

  @ParameterizedTest
  @EnumSource(
      value = CombinationMethod.class,
      names = {"LINEAR", "TIES", "DARE_LINEAR", "DARE_TIES", "MAGNITUDE_PRUNE"})
  void refusesRanksThatDifferWhereFactorsAreAdded(CombinationMethod method) {
    refuses(method, two(ADAPTER, Loras.random(2, 4, 4, 6, 5)), "rank 3", "4 in \"two\"", "svd");
  }

  @ParameterizedTest
  @EnumSource(value = CombinationMethod.class, mode = EnumSource.Mode.EXCLUDE, names = "LINEAR")
  void refusesOneAdapterAlone(CombinationMethod method) {
    refuses(method, List.of(weighted(ADAPTER, 1)), "two adapters or more", "linear");
  }

  @Test
  void refusesNone() {
    refuses(CombinationMethod.LINEAR, List.of(), "no adapter");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesAWeightThatIsNone(double weight) {
    assertThrows(IllegalArgumentException.class, () -> weighted(ADAPTER, weight));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.5, 1.0001, Double.NaN})
  void refusesADensityOutsideOfItsRange(double density) {
    CombinationOptions ties = CombinationOptions.of(CombinationMethod.TIES);

    assertThrows(IllegalArgumentException.class, () -> ties.withDensity(density));
  }

  @Test
  void refusesOptionsThatWouldChangeNothing() {
    CombinationOptions linear = CombinationOptions.of(CombinationMethod.LINEAR);
    CombinationOptions ties = CombinationOptions.of(CombinationMethod.TIES).withDensity(0.5);

    assertThrows(IllegalArgumentException.class, () -> linear.withDensity(0.5).check());
    assertThrows(IllegalArgumentException.class, () -> linear.withRank(4).check());
    assertThrows(IllegalArgumentException.class, () -> ties.withSeed(4).check());
    assertThrows(
        IllegalArgumentException.class, () -> linear.withMajoritySign(MajoritySign.TOTAL).check());
    assertThrows(
        IllegalArgumentException.class,
        () -> CombinationOptions.of(CombinationMethod.TIES).check());
    assertThrows(IllegalArgumentException.class, () -> linear.withRank(0));
    ties.withMajoritySign(MajoritySign.FREQUENCY).check();
  }

  @Test
  void refusesAPrefix() {
    PrefixWeights weights = PrefixInit.random(PrefixConfig.of(5, 2, 3, 4), 1);
    Adapter prefix = Adapter.of(weights.config(), weights, Map.of(), Loras.RECORD);

    refuses(CombinationMethod.LINEAR, two(ADAPTER, prefix), "\"two\"", "PREFIX_TUNING");
  }

  @Test
  void refusesTwoHeads() {
    refuses(
        CombinationMethod.LINEAR,
        two(
            CombinationTest.withHead(ADAPTER, FloatTensor.of(List.of(1L), new float[] {1})),
            CombinationTest.withHead(OTHER, FloatTensor.of(List.of(1L), new float[] {2}))),
        "\"one\" and \"two\"",
        "classifier.bias");
  }

  @Test
  void refusesAnOutcomeOfZero() {
    Adapter minus = Loras.random(1, 3, 3, 6, 5);

    refuses(
        CombinationMethod.SVD,
        List.of(weighted(ADAPTER, 1), weighted(minus, -1)),
        "nothing is left");
  }

  @Test
  void refusesAnOutcomeBeyondTheRangeOfAFloat() {
    refuses(
        CombinationMethod.CAT,
        List.of(weighted(ADAPTER, 1e200), weighted(OTHER, 1)),
        "range of a float");
  }

  @Test
  void offersTheNearestMethod() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> CombinationMethod.parse("dare_tiles"));

    assertTrue(
        String.valueOf(e.getMessage()).contains("did you mean \"dare_ties\""), e::getMessage);
  }
}
