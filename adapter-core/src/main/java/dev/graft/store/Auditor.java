package dev.graft.store;

import dev.graft.store.index.Session;
import dev.graft.store.model.AuditLine;
import java.time.Clock;

/** Writes audit lines for changes. */
record Auditor(Clock clock) {
  AuditLine write(
      Session session,
      Change change,
      String tenant,
      String action,
      Object subject,
      AuditDetail detail) {
    return session
        .audit()
        .append(
            clock.instant(),
            change.author(),
            tenant,
            action,
            subject.toString(),
            detail.json(),
            change.note());
  }
}
