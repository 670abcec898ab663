package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.FormatChange;

/** Says in the audit log who created a registry, or brought it to another format. */
record SetupRecord(Auditor auditor, Change change) {
  private static final String NO_TENANT = "";

  /** A line in the transaction that names the registry. */
  void created(Session session, String id) {
    AuditDetail detail = new AuditDetail().with("format", Index.newestFormat());
    auditor.write(session, change, NO_TENANT, "create-store", id, detail);
  }

  /** A line after the migration, in a log of the new format. */
  void migrated(Session session, String id, FormatChange formats) {
    AuditDetail detail = new AuditDetail().with("from", formats.from()).with("to", formats.to());
    auditor.write(session, change, NO_TENANT, "migrate-store", id, detail);
  }
}
