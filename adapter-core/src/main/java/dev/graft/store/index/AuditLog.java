package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AuditLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.Query;

/** The table {@code audit}. */
public final class AuditLog {
  private static final String COLUMNS =
      "sequence, written_at, author, tenant, action, subject, detail, note, previous, hash";
  private static final RowMapper<AuditLine> LINE =
      Row.mapper(
          row ->
              new AuditLine(
                  row.number(1),
                  row.time(2),
                  row.text(3),
                  row.text(4),
                  row.text(5),
                  row.text(6),
                  row.text(7),
                  row.text(8),
                  row.text(9),
                  row.text(10)));

  private final Handle handle;

  AuditLog(Handle handle) {
    this.handle = handle;
  }

  /** The number that the next line will have. */
  public long nextSequence() {
    return head().sequence() + 1;
  }

  /** The last line, as the store's row knows it. */
  public AuditHead head() {
    return new StoreRow(handle).head();
  }

  /** Add a line; its number, its hash and that of the line before are set here. */
  public AuditLine append(
      Instant time,
      String author,
      String tenant,
      String action,
      String subject,
      String detail,
      String note) {
    AuditHead head = head();
    AuditLine open =
        new AuditLine(
            head.sequence() + 1,
            Instant.ofEpochMilli(time.toEpochMilli()),
            author,
            tenant,
            action,
            subject,
            detail,
            note,
            head.hash(),
            "");
    AuditLine line =
        new AuditLine(
            open.sequence(),
            open.time(),
            author,
            tenant,
            action,
            subject,
            detail,
            note,
            open.previous(),
            AuditHash.of(open));
    insert(line);
    new StoreRow(handle).setHead(new AuditHead(line.sequence(), line.hash()));
    return line;
  }

  private void insert(AuditLine line) {
    handle
        .createUpdate(
            "INSERT INTO audit ("
                + COLUMNS
                + ") VALUES (:sequence, :at, :author, :tenant, :action, :subject, :detail, :note,"
                + " :previous, :hash)")
        .bind("sequence", line.sequence())
        .bind("at", line.time().toEpochMilli())
        .bind("author", line.author())
        .bind("tenant", line.tenant())
        .bind("action", line.action())
        .bind("subject", line.subject())
        .bind("detail", line.detail())
        .bind("note", line.note())
        .bind("previous", line.previous())
        .bind("hash", line.hash())
        .execute();
  }

  /** Lines after a number, oldest first, at most {@code limit}. */
  public List<AuditLine> after(long sequence, int limit) {
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM audit WHERE sequence > :sequence ORDER BY sequence LIMIT :limit")
        .bind("sequence", sequence)
        .bind("limit", limit)
        .map(LINE)
        .list();
  }

  /** One line. */
  public Optional<AuditLine> find(long sequence) {
    return handle
        .createQuery("SELECT " + COLUMNS + " FROM audit WHERE sequence = :sequence")
        .bind("sequence", sequence)
        .map(LINE)
        .findOne();
  }

  /** The first line of an action on a tenant. */
  public Optional<AuditLine> first(String tenant, String action) {
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM audit WHERE tenant = :tenant AND action = :action"
                + " ORDER BY sequence LIMIT 1")
        .bind("tenant", tenant)
        .bind("action", action)
        .map(LINE)
        .findOne();
  }

  /** The lines of these actions, which are words of our own, oldest first. */
  public List<AuditLine> withActions(List<String> actions) {
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM audit WHERE action IN ('"
                + String.join("', '", actions)
                + "') ORDER BY sequence")
        .map(LINE)
        .list();
  }

  /** The last lines, newest first, at most {@code limit}; of one tenant or of all. */
  public List<AuditLine> newest(Optional<String> tenant, int limit) {
    String where = tenant.isPresent() ? " WHERE tenant = :tenant" : "";
    Query query =
        handle
            .createQuery(
                "SELECT "
                    + COLUMNS
                    + " FROM audit"
                    + where
                    + " ORDER BY sequence DESC LIMIT :limit")
            .bind("limit", limit);
    tenant.ifPresent(name -> query.bind("tenant", name));
    return query.map(LINE).list();
  }

  /** The last lines about versions and aliases of an adapter, newest first. */
  public List<AuditLine> newest(AdapterName adapter, int limit) {
    String name = adapter.toString();
    return handle
        .createQuery(
            "SELECT "
                + COLUMNS
                + " FROM audit WHERE tenant = :tenant"
                + " AND substr(subject, 1, :length) IN (:version, :alias)"
                + " ORDER BY sequence DESC LIMIT :limit")
        .bind("tenant", adapter.tenant())
        .bind("length", name.length() + 1)
        .bind("version", name + "@")
        .bind("alias", name + ":")
        .bind("limit", limit)
        .map(LINE)
        .list();
  }

  /** Number of the last line there is, whatever the store's row says; 0 where there is none. */
  public long lastSequence() {
    return handle
        .createQuery("SELECT coalesce(max(sequence), 0) FROM audit")
        .mapTo(Long.class)
        .one();
  }

  /**
   * Check the chain.
   *
   * @return what is wrong, a sentence each, in the order of the lines; empty for a sound log
   */
  public List<String> verify() {
    List<String> problems = new ArrayList<>();
    AuditHead last = new AuditHead(0, AuditHash.START);
    try (Stream<AuditLine> lines =
        handle
            .createQuery("SELECT " + COLUMNS + " FROM audit ORDER BY sequence")
            .map(LINE)
            .stream()) {
      for (Iterator<AuditLine> each = lines.iterator(); each.hasNext(); ) {
        AuditLine line = each.next();
        check(last, line, problems);
        last = new AuditHead(line.sequence(), line.hash());
      }
    }
    AuditHead head = head();
    if (!head.equals(last)) {
      problems.add(
          "the log ends with line %d of hash %s, but line %d of hash %s was the last written; lines at the end are missing or changed"
              .formatted(last.sequence(), last.hash(), head.sequence(), head.hash()));
    }
    return problems;
  }

  private static void check(AuditHead last, AuditLine line, List<String> problems) {
    if (line.sequence() != last.sequence() + 1) {
      problems.add(
          "line %d follows line %d; lines between them are missing"
              .formatted(line.sequence(), last.sequence()));
    } else if (!line.previous().equals(last.hash())) {
      problems.add(
          "line %d does not follow from line %d; one of them was changed, or lines were reordered"
              .formatted(line.sequence(), last.sequence()));
    }
    if (!AuditHash.of(line).equals(line.hash())) {
      problems.add(
          "line %d (%s %s by %s) was changed after it was written"
              .formatted(line.sequence(), line.action(), line.subject(), line.author()));
    }
  }
}
