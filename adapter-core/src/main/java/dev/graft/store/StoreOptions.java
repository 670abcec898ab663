package dev.graft.store;

import dev.graft.store.keys.KeyProvider;
import java.time.Clock;
import java.util.Optional;

/**
 * What a registry works with, besides its place.
 *
 * @param clock dates all that happens
 * @param keys where the keys of encrypted tenants are; without it such tenants can be looked at,
 *     and nothing of them read or published
 */
public record StoreOptions(Clock clock, Optional<KeyProvider> keys) {
  /** The system's clock, and no keys. */
  public static StoreOptions defaults() {
    return new StoreOptions(Clock.systemUTC(), Optional.empty());
  }

  /** These, with a clock. */
  public StoreOptions clock(Clock other) {
    return new StoreOptions(other, keys);
  }

  /** These, with keys. */
  public StoreOptions keys(KeyProvider provider) {
    return new StoreOptions(clock, Optional.of(provider));
  }
}
