package dev.graft.store.index;

import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jdbi.v3.core.Handle;

/** The table {@code parent}. */
public final class Parents {
  private final Handle handle;

  Parents(Handle handle) {
    this.handle = handle;
  }

  /** What a version was made from, in the order it was given. */
  public List<Parent> of(AdapterName adapter, int version) {
    return handle
        .createQuery(
            "SELECT parent_tenant, parent_name, parent_version, relation, weight FROM parent"
                + " WHERE tenant = :tenant AND name = :name AND version = :version"
                + " ORDER BY position")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("version", version)
        .map(
            Row.mapper(
                row ->
                    new Parent(
                        row.adapter(1, 2), row.ordinal(3), row.text(4), row.optionalDecimal(5))))
        .list();
  }

  /** What was made from a version, each as it names it, in no order. */
  public List<Child> childrenOf(AdapterName adapter, int version) {
    return handle
        .createQuery(
            "SELECT tenant, name, version FROM parent WHERE parent_tenant = :tenant"
                + " AND parent_name = :name AND parent_version = :version"
                + " GROUP BY tenant, name, version ORDER BY tenant, name, version")
        .bind("tenant", adapter.tenant())
        .bind("name", adapter.name())
        .bind("version", version)
        .map(Row.mapper(row -> new Child(row.adapter(1, 2), row.ordinal(3))))
        .list();
  }

  /** Add the parents of a version. */
  public void insert(Version version, List<Parent> parents) {
    int position = 0;
    for (Parent parent : parents) {
      handle
          .createUpdate(
              "INSERT INTO parent (tenant, name, version, position, parent_tenant, parent_name,"
                  + " parent_version, relation, weight) VALUES (:tenant, :name, :version,"
                  + " :position, :parentTenant, :parentName, :parentVersion, :relation, :weight)")
          .bind("tenant", version.adapter().tenant())
          .bind("name", version.adapter().name())
          .bind("version", version.number())
          .bind("position", position++)
          .bind("parentTenant", parent.adapter().tenant())
          .bind("parentName", parent.adapter().name())
          .bind("parentVersion", parent.version())
          .bind("relation", parent.relation())
          .bind("weight", boxed(parent.weight()))
          .execute();
    }
  }

  private static Optional<Double> boxed(OptionalDouble weight) {
    return weight.isPresent() ? Optional.of(weight.getAsDouble()) : Optional.empty();
  }

  /**
   * A version that names another as its parent.
   *
   * @param adapter its adapter
   * @param version its number
   */
  public record Child(AdapterName adapter, int version) {}
}
