package dev.graft.store.index;

import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The table {@code store}, of one row. */
public final class StoreRow {
  private final Handle handle;

  StoreRow(Handle handle) {
    this.handle = handle;
  }

  /** Which store this is; empty before {@link #insert}. */
  public Optional<String> id() {
    return handle.createQuery("SELECT id FROM store").map(Row.TEXT).findOne();
  }

  /** Name the store. */
  public void insert(String id) {
    handle
        .createUpdate(
            "INSERT INTO store (one, id, audit_sequence, audit_hash) VALUES (1, :id, 0, :hash)")
        .bind("id", id)
        .bind("hash", AuditHash.START)
        .execute();
  }

  /** The end of the audit log. */
  AuditHead head() {
    return handle
        .createQuery("SELECT audit_sequence, audit_hash FROM store")
        .map(Row.mapper(row -> new AuditHead(row.number(1), row.text(2))))
        .one();
  }

  void setHead(AuditHead head) {
    handle
        .createUpdate("UPDATE store SET audit_sequence = :sequence, audit_hash = :hash")
        .bind("sequence", head.sequence())
        .bind("hash", head.hash())
        .execute();
  }
}
