package dev.graft.store.index;

import java.util.List;
import org.jdbi.v3.core.Handle;

/** The tables, for the time of one transaction and one thread. */
public final class Session {
  private final Handle handle;
  private final Dialect dialect;

  Session(Handle handle, Dialect dialect) {
    this.handle = handle;
    this.dialect = dialect;
  }

  /** The one row that says which store this is. */
  public StoreRow store() {
    return new StoreRow(handle);
  }

  /** Customers. */
  public Tenants tenants() {
    return new Tenants(handle);
  }

  /** Adapters, without their versions. */
  public Adapters adapters() {
    return new Adapters(handle);
  }

  /** Versions. */
  public Versions versions() {
    return new Versions(handle);
  }

  /** The files of versions. */
  public VersionFiles files() {
    return new VersionFiles(handle);
  }

  /** What versions were made from. */
  public Parents parents() {
    return new Parents(handle);
  }

  /** Labels of versions. */
  public Tags tags() {
    return new Tags(handle);
  }

  /** Keys that tenants trust. */
  public TrustedKeys trustedKeys() {
    return new TrustedKeys(handle);
  }

  /** Signatures of versions. */
  public Signatures signatures() {
    return new Signatures(handle);
  }

  /** Aliases and their history. */
  public Aliases aliases() {
    return new Aliases(handle);
  }

  /** What was erased. */
  public Erasures erasures() {
    return new Erasures(handle);
  }

  /** The audit log. */
  public AuditLog audit() {
    return new AuditLog(handle);
  }

  /** What the database itself says of its state; empty where it is sound. */
  public List<String> integrityProblems() {
    return dialect.integrityProblems(handle);
  }
}
