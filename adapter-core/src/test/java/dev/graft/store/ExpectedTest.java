package dev.graft.store;

import static dev.graft.store.StoreSamples.SUPPORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.Alias;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpectedTest {
  private static final Optional<Alias> NONE = Optional.empty();
  private static final Optional<Alias> SEEN = Optional.of(new Alias(SUPPORT, "prod", 3, 7));

  @Test
  void takesAnAliasWhereverItPoints() {
    assertTrue(Expected.anything().holds(NONE));
    assertTrue(Expected.anything().holds(SEEN));
    assertEquals("anything", Expected.anything().toString());
  }

  @Test
  void takesOnlyThatThereIsNoAlias() {
    assertTrue(Expected.absent().holds(NONE));
    assertFalse(Expected.absent().holds(SEEN));
    assertEquals("no such alias", Expected.absent().toString());
  }

  @Test
  void tellsVersionsFromRevisions() {
    assertTrue(Expected.version(3).holds(SEEN));
    assertFalse(Expected.version(7).holds(SEEN));
    assertFalse(Expected.version(0).holds(NONE));
    assertEquals("version 3", Expected.version(3).toString());
    assertTrue(Expected.revision(7).holds(SEEN));
    assertFalse(Expected.revision(3).holds(SEEN));
    assertFalse(Expected.revision(0).holds(NONE));
    assertEquals("revision 7", Expected.revision(7).toString());
  }

  @Test
  void expectsWhatWasSeen() {
    assertEquals("revision 7", Expected.unchanged(SEEN).toString());
    assertTrue(Expected.unchanged(SEEN).holds(SEEN));
    assertFalse(Expected.unchanged(SEEN).holds(NONE));
    assertEquals("no such alias", Expected.unchanged(NONE).toString());
    assertTrue(Expected.unchanged(NONE).holds(NONE));
  }
}
