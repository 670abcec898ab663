package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.QUERY;
import static dev.graft.adapter.algebra.Loras.VALUE;
import static dev.graft.adapter.algebra.Loras.ofVectors;
import static dev.graft.adapter.algebra.Loras.relativeDifference;
import static dev.graft.adapter.algebra.Loras.update;
import static dev.graft.adapter.algebra.Loras.weighted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraWeights;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CombinationTest {
  private static final Adapter FIRST = ofVectors(new float[] {1, -2}, new float[] {1, 0});
  private static final Adapter SECOND = ofVectors(new float[] {3, 4}, new float[] {2, -1});

  private static Adapter combined(CombinationOptions options, WeightedAdapter... adapters) {
    return Combination.of(List.of(adapters), options).adapter();
  }

  private static CombinationOptions method(CombinationMethod method) {
    return CombinationOptions.of(method);
  }

  private static void assertFactors(Adapter found, float[] a, float[] b) {
    LoraWeights weights = Loras.module(found, QUERY);
    assertArrayEquals(a, weights.a().toArray(), 1e-6f);
    assertArrayEquals(b, weights.b().toArray(), 1e-6f);
    assertEquals(1, found.scaleOf(QUERY));
  }

  private static void assertUpdate(double[][] expected, Adapter found) {
    assertEquals(
        0, relativeDifference(new Array2DRowRealMatrix(expected), update(found, QUERY)), 1e-6);
  }

  @Test
  void linearSplitsTheRootOfTheWeightOverBothFactors() {
    Adapter found =
        combined(method(CombinationMethod.LINEAR), weighted(FIRST, 4), weighted(SECOND, 1));

    assertFactors(found, new float[] {5, 0}, new float[] {4, -1});
  }

  @Test
  void linearGivesTheSignOfAWeightToTheFirstFactor() {
    Adapter found =
        combined(method(CombinationMethod.LINEAR), weighted(FIRST, -4), weighted(SECOND, 1));

    assertFactors(found, new float[] {1, 8}, new float[] {4, -1});
  }

  @Test
  void catPutsTheFactorsSideBySideAndTheWeightIntoTheFirst() {
    Adapter found =
        combined(method(CombinationMethod.CAT), weighted(FIRST, -4), weighted(SECOND, 1));

    assertFactors(found, new float[] {-4, 8, 3, 4}, new float[] {1, 2, 0, -1});
    assertUpdate(new double[][] {{-4 + 6, 8 + 8}, {-3, -4}}, found);
  }

  @Test
  void svdAddsTheUpdates() {
    Adapter found =
        combined(
            method(CombinationMethod.SVD).withRank(2), weighted(FIRST, 4), weighted(SECOND, 1));

    assertUpdate(new double[][] {{10, 0}, {-3, -4}}, found);
  }

  @Test
  void tiesKeepsTheLargestAndAveragesWhatHasTheElectedSign() {
    Adapter found =
        combined(
            method(CombinationMethod.TIES).withDensity(0.5),
            weighted(FIRST, 4),
            weighted(SECOND, 1));

    assertFactors(found, new float[] {0, 4}, new float[] {2, 0});
  }

  @Test
  void signsAreElectedBySumOrByNumber() {
    WeightedAdapter[] three = {
      weighted(ofVectors(new float[] {-5, 1}, new float[] {1, 1}), 1),
      weighted(ofVectors(new float[] {1, 1}, new float[] {1, 1}), 1),
      weighted(ofVectors(new float[] {3, 1}, new float[] {1, 1}), 1)
    };
    CombinationOptions ties = method(CombinationMethod.TIES).withDensity(1);

    assertFactors(
        combined(ties.withMajoritySign(MajoritySign.TOTAL), three),
        new float[] {-5, 1},
        new float[] {1, 1});
    assertFactors(
        combined(ties.withMajoritySign(MajoritySign.FREQUENCY), three),
        new float[] {2, 1},
        new float[] {1, 1});
  }

  @Test
  void magnitudePruneAddsWhatIsKept() {
    Adapter found =
        combined(
            method(CombinationMethod.MAGNITUDE_PRUNE).withDensity(0.5),
            weighted(FIRST, 4),
            weighted(SECOND, 4));

    assertFactors(found, new float[] {0, 4}, new float[] {6, 0});
  }

  @Test
  void tiesOnUpdatesPrunesTheProductsAndNotTheFactors() {
    Adapter found =
        combined(
            method(CombinationMethod.TIES_SVD).withDensity(0.5).withRank(2),
            weighted(FIRST, 4),
            weighted(SECOND, 1));

    assertUpdate(new double[][] {{5, 8}, {0, 0}}, found);
  }

  @Test
  void magnitudePruneOnUpdatesAddsWhatIsKept() {
    Adapter found =
        combined(
            method(CombinationMethod.MAGNITUDE_PRUNE_SVD).withDensity(0.5).withRank(2),
            weighted(FIRST, 4),
            weighted(SECOND, 1));

    assertUpdate(new double[][] {{10, 0}, {0, 0}}, found);
  }

  @ParameterizedTest
  @EnumSource(
      value = CombinationMethod.class,
      names = {"DARE_LINEAR", "DARE_TIES", "DARE_LINEAR_SVD", "DARE_TIES_SVD"})
  void dareThatDropsNothingIsTheMethodItIsNamedAfter(CombinationMethod dare) {
    CombinationMethod plain =
        CombinationMethod.parse(
            dare.text().replace("dare_", "").replace("linear_svd", "magnitude_prune_svd"));
    CombinationOptions expected = method(plain);

    Adapter found = combined(method(dare).withDensity(1), weighted(FIRST, 4), weighted(SECOND, -1));

    assertEquals(
        0,
        relativeDifference(
            update(
                combined(
                    plain.usesDensity() ? expected.withDensity(1) : expected,
                    weighted(FIRST, 4),
                    weighted(SECOND, -1)),
                QUERY),
            update(found, QUERY)),
        1e-6);
  }

  @Test
  void dareKeepsTheShareItShouldAndTheExpectedValue() {
    float[] ones = new float[100_000];
    Arrays.fill(ones, 1);
    Adapter wide = ofVectors(ones, new float[] {1});
    CombinationOptions options = method(CombinationMethod.DARE_LINEAR).withDensity(0.3).withSeed(5);

    float[] first = maskOf(options, wide);
    float[] again = maskOf(options, wide);
    float[] other = maskOf(options.withSeed(6), wide);

    assertArrayEquals(first, again);
    int kept = 0;
    int both = 0;
    for (int i = 0; i < first.length; i++) {
      assertTrue(first[i] == 0 || first[i] == 1 / 0.3f, () -> "neither dropped nor rescaled");
      kept += first[i] != 0 ? 1 : 0;
      both += first[i] != 0 && other[i] != 0 ? 1 : 0;
    }
    // Five standard deviations of a binomial distribution.
    assertEquals(30_000, kept, 5 * Math.sqrt(100_000 * 0.3 * 0.7));
    assertEquals(9_000, both, 5 * Math.sqrt(100_000 * 0.09 * 0.91));
  }

  /** The mask that one of two adapters gets; the other is zero there. */
  private static float[] maskOf(CombinationOptions options, Adapter wide) {
    Adapter narrow = ofVectors(new float[100_000], new float[] {1});
    for (long seed = options.seed(); ; seed += 1000) {
      // B has one entry, which must be kept for the outcome to be anything.
      try {
        Adapter found = combined(options.withSeed(seed), weighted(wide, 1), weighted(narrow, 1));
        return Loras.module(found, QUERY).a().toArray();
      } catch (CombinationException nothingLeft) {
        assertTrue(seed < 100_000, nothingLeft::getMessage);
      }
    }
  }

  @Test
  void twoAdaptersGetMasksOfTheirOwn() {
    float[] ones = new float[1000];
    Arrays.fill(ones, 1);
    Adapter wide = ofVectors(ones, ones);

    Adapter found =
        combined(
            method(CombinationMethod.DARE_LINEAR).withDensity(0.5),
            weighted(wide, 1),
            weighted(wide, 1));

    int differing = 0;
    for (float value : Loras.module(found, QUERY).a().toArray()) {
      differing += value == 2 ? 1 : 0;
    }
    assertEquals(500.0, differing, 80.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void oneAdapterOfWeightOneStaysWhatItIs(long seed) {
    Adapter adapter = Loras.random(seed, 3, 3, 5, 7);

    Adapter found = combined(method(CombinationMethod.LINEAR), weighted(adapter, 1));

    assertEquals(adapter.digest(), found.digest());
  }

  @ParameterizedTest
  @EnumSource(
      value = CombinationMethod.class,
      names = {"CAT", "SVD"})
  void theSumOfUpdatesIsExactWhereTheRankAllowsIt(CombinationMethod method) {
    Adapter first = Loras.random(1, 3, 6, 20, 30);
    Adapter second = Loras.random(2, 5, 1, 20, 30);
    CombinationOptions options = method(method);

    Adapter found =
        combined(
            method == CombinationMethod.SVD ? options.withRank(8) : options,
            weighted(first, 0.7),
            weighted(second, -1.3));

    for (String module : List.of(QUERY, VALUE)) {
      RealMatrix expected =
          update(first, module)
              .scalarMultiply(0.7)
              .subtract(update(second, module).scalarMultiply(1.3));
      assertEquals(0, relativeDifference(expected, update(found, module)), 1e-6);
      assertEquals(8, Loras.module(found, module).rank());
    }
  }

  @Test
  void subtractingWhatWasAddedLeavesTheRest() {
    Adapter first = Loras.random(1, 3, 6, 20, 30);
    Adapter second = Loras.random(2, 5, 1, 20, 30);
    Adapter sum = combined(method(CombinationMethod.CAT), weighted(first, 1), weighted(second, 2));

    Adapter rest =
        combined(method(CombinationMethod.SVD).withRank(3), weighted(sum, 1), weighted(second, -2));

    assertEquals(0, relativeDifference(update(first, QUERY), update(rest, QUERY)), 1e-5);
  }

  @Test
  void anAdapterGivenTwiceIsAddedTwice() {
    Adapter adapter = Loras.random(4, 4, 4, 9, 11);

    CombinedAdapter found =
        Combination.of(
            List.of(weighted(adapter, 1), weighted(adapter, 0.5)), method(CombinationMethod.SVD));

    assertEquals(
        0,
        relativeDifference(
            update(adapter, QUERY).scalarMultiply(1.5), update(found.adapter(), QUERY)),
        1e-5);
    assertEquals(0, found.relativeError().orElseThrow(), 1e-6);
  }

  @Test
  void scalesOfTheAdaptersCountWhateverTheyComeFrom() {
    Adapter plain = Loras.random(1, 4, 4, 6, 5);
    LoraConfig config =
        LoraConfig.builder()
            .rank(4)
            .alpha(2)
            .useRslora(true)
            .alphaPattern(Map.of("value", 10.0))
            .build();
    Adapter scaled = Adapter.of(config, plain.weights(), Map.of(), Loras.RECORD);

    Adapter found =
        combined(method(CombinationMethod.CAT), weighted(plain, 1), weighted(scaled, 1));

    assertEquals(
        0,
        relativeDifference(update(plain, QUERY).scalarMultiply(1 + 2 / 2.0), update(found, QUERY)),
        1e-6);
    assertEquals(
        0,
        relativeDifference(update(plain, VALUE).scalarMultiply(1 + 10 / 2.0), update(found, VALUE)),
        1e-6);
  }

  @Test
  void aModuleThatOnlyOneAdapterHasIsCombinedOfThatOne() {
    Adapter both = Loras.random(1, 3, 3, 6, 5);
    Adapter query =
        Loras.adapter(3, 3, Map.of(QUERY, Loras.module(Loras.random(2, 3, 3, 6, 5), QUERY)));

    Adapter found = combined(method(CombinationMethod.CAT), weighted(both, 2), weighted(query, 1));

    assertEquals(6, Loras.module(found, QUERY).rank());
    assertEquals(3, Loras.module(found, VALUE).rank());
    assertEquals(
        0, relativeDifference(update(both, VALUE).scalarMultiply(2), update(found, VALUE)), 1e-6);
  }

  @Test
  void theRecordNamesTheParents() {
    Adapter found =
        combined(
            method(CombinationMethod.DARE_TIES).withDensity(0.5).withSeed(7),
            weighted(Loras.random(1, 8, 8, 6, 5), 0.5),
            weighted(Loras.random(2, 8, 8, 6, 5), -2));

    var derivation = found.record().derivation().orElseThrow();
    assertEquals("dare_ties", derivation.method());
    assertEquals(-2, derivation.parents().get(1).weight());
    assertEquals(Loras.random(1, 8, 8, 6, 5).digest(), derivation.parents().get(0).digest());
    assertEquals(
        "{\"density\":0.5,\"majoritySign\":\"total\",\"seed\":7}",
        derivation.settings().toString());
    assertEquals("sha256:base", found.record().baseDigest().orElseThrow());
  }

  @Test
  void theOrderOfThreadsDoesNotMatter() {
    WeightedAdapter[] two = {
      weighted(Loras.random(1, 8, 8, 60, 50), 0.5), weighted(Loras.random(2, 8, 8, 60, 50), 1)
    };
    CombinationOptions options = method(CombinationMethod.DARE_TIES_SVD).withDensity(0.4);

    assertEquals(combined(options, two).digest(), combined(options, two).digest());
    assertNotEquals(combined(options, two).digest(), combined(options.withSeed(1), two).digest());
  }

  @Test
  void neitherThreadsNorOtherModulesChangeABitOfALargeUpdate() throws Exception {
    int side = TruncatedSvd.EXACT_SIDE + 30;
    WeightedAdapter[] two = {
      weighted(Loras.random(1, 8, 8, side, side + 70), 0.5),
      weighted(Loras.random(2, 8, 8, side, side + 70), 1)
    };
    CombinationOptions options = method(CombinationMethod.TIES_SVD).withDensity(0.4);
    ForkJoinPool single = new ForkJoinPool(1);
    try {
      String digest = single.submit(() -> combined(options, two).digest()).get();

      assertEquals(digest, combined(options, two).digest());
    } finally {
      single.shutdown();
    }
    assertEquals(
        Loras.module(combined(options, two), VALUE),
        Loras.module(combined(options, onlyValue(two[0]), onlyValue(two[1])), VALUE));
  }

  private static WeightedAdapter onlyValue(WeightedAdapter of) {
    LoraWeights value = Loras.module(of.adapter(), VALUE);
    return weighted(Loras.adapter(8, 8, Map.of(VALUE, value)), of.weight());
  }

  @Test
  void takesOverAHeadThatOneAdapterCarries() {
    Adapter plain = Loras.random(1, 3, 3, 6, 5);
    FloatTensor head = FloatTensor.of(List.of(2L), new float[] {1, 2});
    Adapter headed = withHead(Loras.random(2, 3, 3, 6, 5), head);

    Adapter found =
        combined(method(CombinationMethod.LINEAR), weighted(plain, 1), weighted(headed, 1));

    assertEquals(Map.of("classifier.bias", head), found.saved());
    assertEquals(List.of("yes", "no"), found.record().labels());
    assertEquals(List.of("classifier"), found.config().modulesToSave());
  }

  @Test
  void takesTheFirstHeadWhereThatIsAskedFor() {
    FloatTensor first = FloatTensor.of(List.of(2L), new float[] {1, 2});
    FloatTensor second = FloatTensor.of(List.of(2L), new float[] {3, 2});

    Adapter found =
        combined(
            method(CombinationMethod.LINEAR).withSaved(SavedParameters.FIRST),
            weighted(withHead(Loras.random(1, 3, 3, 6, 5), first), 1),
            weighted(withHead(Loras.random(2, 3, 3, 6, 5), second), 1));

    assertEquals(Map.of("classifier.bias", first), found.saved());
  }

  static Adapter withHead(Adapter adapter, FloatTensor bias) {
    if (!(adapter.config() instanceof LoraConfig config)) {
      throw new AssertionError(adapter);
    }
    return Adapter.of(
        config.toBuilder().modulesToSave(List.of("classifier")).build(),
        adapter.weights(),
        Map.of("classifier.bias", bias),
        adapter.record().toBuilder().labels(List.of("yes", "no")).build());
  }
}
