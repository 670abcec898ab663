package dev.graft.store;

import dev.graft.store.keys.KeyProvider;
import dev.graft.store.model.Names;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Tenant;
import java.io.IOException;

/** Creates tenants that have a key from the start. */
final class TenantKeys {
  /** Stands for a key that is not made, where something is only tried. */
  static final String NOT_YET = "00000000-0000-0000-0000-000000000000";

  private final Contents contents;
  private final Lifecycle lifecycle;

  TenantKeys(Contents contents, Lifecycle lifecycle) {
    this.contents = contents;
    this.lifecycle = lifecycle;
  }

  Tenant create(String name, Quota quota, Change change) throws IOException {
    Names.check("tenant", name);
    KeyProvider keys = contents.keys(name);
    if (change.dryRun()) {
      return lifecycle.createTenant(name, quota, NOT_YET, change);
    }
    // Tried first, so that a name that is taken leaves no key behind.
    lifecycle.createTenant(name, quota, NOT_YET, change.dry());
    return lifecycle.createTenant(name, quota, keys.create(name).id(), change);
  }
}
