package dev.graft.resident;

import static dev.graft.resident.Residents.QUERY;
import static dev.graft.resident.Residents.WEIGHT;
import static dev.graft.resident.Residents.adapter;
import static dev.graft.resident.Residents.classifier;
import static dev.graft.resident.Residents.resident;
import static dev.graft.resident.Residents.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.ort.NativeHandles;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowAdapterTest {
  @Test
  void isTheBaseAsItIsWithoutAnAdapter() {
    RowAdapter base = RowAdapter.BASE;

    base.release();

    assertEquals("", base.digest());
    assertEquals(0, base.labelCount());
    assertEquals(List.of(), base.labels());
    assertEquals(Set.of(), base.modules());
    assertEquals(0, base.virtualTokens());
    assertFalse(base.has(WEIGHT));
    var problem = assertThrows(IllegalStateException.class, () -> base.tensor(WEIGHT));
    assertEquals("no tensor 'classifier.weight'", problem.getMessage());
  }

  @Test
  void tellsWhatItsAdapterHasAndGivesItBack() {
    long before = NativeHandles.openCount();
    ResidentAdapter resident = resident(classifier(), adapter(1, 2, 3, QUERY));
    RowAdapter row = row("a", resident);

    assertEquals(resident.digest(), row.digest());
    assertEquals(3, row.labelCount());
    assertEquals(List.of("label0", "label1", "label2"), row.labels());
    assertEquals(Set.of(QUERY.module()), row.modules());
    assertTrue(row.has(WEIGHT));
    assertFalse(row.has("other"));
    assertSame(resident.tensors().get(WEIGHT), row.tensor(WEIGHT));
    assertThrows(IllegalStateException.class, () -> row.tensor("other"));

    row.release();
    assertEquals(before, NativeHandles.openCount());
  }
}
