package dev.graft.store;

import dev.graft.store.keys.DataKey;
import dev.graft.store.keys.KeyProvider;
import dev.graft.store.model.KeyUnavailableException;
import java.util.List;

/** Keys that can be read only so often, or not destroyed. */
final class FailingKeys implements KeyProvider {
  private final KeyProvider keys;
  int readsLeft = Integer.MAX_VALUE;
  boolean destroys = true;

  FailingKeys(KeyProvider keys) {
    this.keys = keys;
  }

  @Override
  public String description() {
    return keys.description();
  }

  @Override
  public DataKey create(String tenant) throws KeyUnavailableException {
    return keys.create(tenant);
  }

  @Override
  public DataKey get(String tenant, String keyId) throws KeyUnavailableException {
    if (readsLeft-- <= 0) {
      throw new KeyUnavailableException("the keys are out of reach");
    }
    return keys.get(tenant, keyId);
  }

  @Override
  public List<String> list(String tenant) throws KeyUnavailableException {
    return keys.list(tenant);
  }

  @Override
  public void destroy(String tenant, String keyId) throws KeyUnavailableException {
    if (!destroys) {
      throw new KeyUnavailableException("the keys are out of reach");
    }
    keys.destroy(tenant, keyId);
  }
}
