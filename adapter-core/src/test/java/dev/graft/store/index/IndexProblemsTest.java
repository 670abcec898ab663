package dev.graft.store.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

/** What is told of a database that cannot be reached. */
class IndexProblemsTest {
  private static String told(Exception problem) {
    return String.valueOf(IndexProblems.translate("look", "the index", problem).getMessage());
  }

  @Test
  void tellsWhyThePoolHasNoConnectionRatherThanThatItWaited() {
    SQLException reason = new SQLException("FATAL: password authentication failed", "28P01");
    var waited = new SQLTransientConnectionException("request timed out", "28P01", reason);

    assertEquals(
        "cannot look in index the index: FATAL: password authentication failed; check user, password and database of the JDBC URL",
        told(waited));
  }

  @Test
  void tellsThatThePoolIsUsedUp() {
    String told = told(new SQLTransientConnectionException("request timed out", (String) null));

    assertTrue(told.contains("request timed out"), told);
  }

  @Test
  void tellsWhatTheNetworkSaid() {
    UnknownHostException network = new UnknownHostException("nowhere");
    String told = told(new SQLException("The connection attempt failed.", "08001", network));

    assertTrue(told.contains("failed (java.net.UnknownHostException: nowhere); check"), told);
    assertFalse(told.contains(".;"), told);
  }
}
