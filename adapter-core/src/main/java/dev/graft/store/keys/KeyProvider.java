package dev.graft.store.keys;

import dev.graft.store.model.KeyUnavailableException;
import java.util.List;

/**
 * Keeps the keys of tenants, apart from what they encrypt: whoever has a backup of a registry has
 * no key. {@link KeyDirectory} keeps them in files; a service for keys is another implementation.
 *
 * <p>Threads and processes may share one. A key that {@link #create} returned is kept before it
 * returns; one that {@link #destroy} returned for is gone for good.
 */
public interface KeyProvider {
  /** Where the keys are, for people and certificates; without secrets. */
  String description();

  /**
   * Make a new key for a tenant, beside those it has.
   *
   * @throws KeyUnavailableException if it cannot be kept
   */
  DataKey create(String tenant) throws KeyUnavailableException;

  /**
   * A key of a tenant.
   *
   * @throws KeyUnavailableException if it is not there, or cannot be read
   */
  DataKey get(String tenant, String keyId) throws KeyUnavailableException;

  /** The ids of a tenant's keys, in no order. */
  List<String> list(String tenant) throws KeyUnavailableException;

  /**
   * Destroy a key, if it is there.
   *
   * @throws KeyUnavailableException if it cannot be destroyed
   */
  void destroy(String tenant, String keyId) throws KeyUnavailableException;
}
