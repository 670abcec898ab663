package dev.graft.store;

/**
 * How a tenant is exported.
 *
 * @param decrypt whether the adapters of an encrypted tenant may be written in the clear; there is
 *     no other archive of them
 * @param replace whether an existing file may be replaced
 */
public record ExportOptions(boolean decrypt, boolean replace) {
  /** Neither. */
  public static final ExportOptions DEFAULTS = new ExportOptions(false, false);

  /** These, and allowed to write an encrypted tenant's adapters in the clear. */
  public ExportOptions decrypting() {
    return new ExportOptions(true, replace);
  }

  /** These, and allowed to replace a file. */
  public ExportOptions replacing() {
    return new ExportOptions(decrypt, true);
  }
}
