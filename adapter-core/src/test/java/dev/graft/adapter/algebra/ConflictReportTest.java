package dev.graft.adapter.algebra;

import static dev.graft.adapter.algebra.Loras.QUERY;
import static dev.graft.adapter.algebra.Loras.VALUE;
import static dev.graft.adapter.algebra.Loras.ofVectors;
import static dev.graft.adapter.algebra.Loras.update;
import static dev.graft.adapter.algebra.Loras.weighted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;

class ConflictReportTest {
  private static ConflictReport.Pair pair(
      Adapter first, double firstWeight, Adapter second, double secondWeight) {
    return ConflictReport.of(List.of(weighted(first, firstWeight), weighted(second, secondWeight)))
        .pairs()
        .get(0);
  }

  @Test
  void anAdapterAgreesWithItselfAndOpposesItsOpposite() {
    Adapter adapter = Loras.random(1, 3, 6, 40, 30);

    ConflictReport.Score same = pair(adapter, 1, adapter, 0.5).score();
    ConflictReport.Score opposite = pair(adapter, 1, adapter, -2).score();

    assertEquals(1, same.cosine(), 1e-9);
    assertEquals(0, same.signConflict());
    assertEquals(1, same.inputOverlap(), 1e-9);
    assertEquals(1, same.outputOverlap(), 1e-9);
    assertEquals(-1, opposite.cosine(), 1e-9);
    assertEquals(1, opposite.signConflict());
  }

  @Test
  void directionsThatAreApartDoNotOverlap() {
    Adapter first = ofVectors(new float[] {1, 0, 0}, new float[] {1, 1});
    Adapter second = ofVectors(new float[] {0, 1, 0}, new float[] {1, 1});

    ConflictReport.Score score = pair(first, 1, second, 1).score();

    assertEquals(0, score.cosine());
    assertEquals(0, score.inputOverlap());
    assertEquals(1, score.outputOverlap(), 1e-9);
    assertEquals(0, score.signConflict());
  }

  @Test
  void agreesWithTheUpdatesInFull() {
    Adapter first = Loras.random(1, 3, 6, 40, 30);
    Adapter second = Loras.random(2, 5, 2, 40, 30);

    ConflictReport.Pair pair = pair(first, 2, second, 1);

    double inner = 0;
    double squares = 1;
    for (Adapter adapter : List.of(first, second)) {
      double sum = 0;
      for (String module : List.of(QUERY, VALUE)) {
        sum += Math.pow(update(adapter, module).getFrobeniusNorm(), 2);
      }
      squares *= sum;
    }
    for (String module : List.of(QUERY, VALUE)) {
      inner += update(first, module).transpose().multiply(update(second, module)).getTrace();
    }
    assertEquals(2, pair.commonModules());
    assertEquals(inner / Math.sqrt(squares), pair.score().cosine(), 1e-9);
    assertEquals(
        signConflicts(update(first, QUERY), update(second, QUERY)),
        pair.modules().get(0).score().signConflict(),
        1e-9);
  }

  private static double signConflicts(RealMatrix first, RealMatrix second) {
    int conflicts = 0;
    for (int i = 0; i < first.getRowDimension(); i++) {
      for (int j = 0; j < first.getColumnDimension(); j++) {
        conflicts += first.getEntry(i, j) * second.getEntry(i, j) < 0 ? 1 : 0;
      }
    }
    return (double) conflicts / (first.getRowDimension() * first.getColumnDimension());
  }

  @Test
  void modulesThatOnlyOneHasCountInTheNormAlone() {
    Adapter both = Loras.random(1, 3, 3, 6, 5);
    Adapter query = Loras.adapter(3, 3, Map.of(QUERY, Loras.module(both, QUERY)));

    ConflictReport.Pair pair = pair(both, 1, query, 1);

    double ofQuery = update(both, QUERY).getFrobeniusNorm();
    double ofAll = Math.hypot(ofQuery, update(both, VALUE).getFrobeniusNorm());
    assertEquals(1, pair.commonModules());
    assertEquals(ofQuery / ofAll, pair.score().cosine(), 1e-9);
  }

  @Test
  void comparesEveryTwo() {
    List<WeightedAdapter> three =
        List.of(
            weighted(Loras.random(1, 2, 2, 6, 5), 1),
            weighted(Loras.random(2, 2, 2, 6, 5), 2),
            weighted(Loras.random(3, 2, 2, 6, 5), 3));

    assertEquals(
        List.of("adapter 1.0 adapter 2.0", "adapter 1.0 adapter 3.0", "adapter 2.0 adapter 3.0"),
        ConflictReport.of(three).pairs().stream().map(p -> p.first() + " " + p.second()).toList());
  }

  @Test
  void refusesWhatDoesNotBelongTogether() {
    Adapter adapter = Loras.random(1, 2, 2, 6, 5);
    Adapter other = adapter.withRecord(GraftRecord.builder().baseDigest("sha256:else").build());

    assertThrows(CombinationException.class, () -> pair(adapter, 1, other, 1));
    assertThrows(
        CombinationException.class, () -> ConflictReport.of(List.of(weighted(adapter, 1))));
  }
}
