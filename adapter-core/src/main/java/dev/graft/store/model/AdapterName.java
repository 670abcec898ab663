package dev.graft.store.model;

/**
 * A tenant's adapter, without saying which version: {@code acme/support}.
 *
 * @param tenant whose it is
 * @param name what the tenant calls it
 */
public record AdapterName(String tenant, String name) implements Comparable<AdapterName> {
  /**
   * Check both names.
   *
   * @throws IllegalArgumentException if one is no name
   */
  public AdapterName {
    Names.check("tenant", tenant);
    Names.check("adapter", name);
  }

  /**
   * Read {@code TENANT/NAME}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static AdapterName parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "%s names no adapter; expected TENANT/NAME, for example acme/support"
              .formatted(Names.quote(text)));
    }
    return new AdapterName(text.substring(0, slash), text.substring(slash + 1));
  }

  /** The adapter's version of that number. */
  public AdapterReference version(int number) {
    return new AdapterReference(this, new AdapterReference.VersionNumber(number));
  }

  /** What an alias of the adapter points to. */
  public AdapterReference alias(String alias) {
    return new AdapterReference(this, new AdapterReference.AliasName(alias));
  }

  @Override
  public int compareTo(AdapterName other) {
    int order = tenant.compareTo(other.tenant);
    return order == 0 ? name.compareTo(other.name) : order;
  }

  @Override
  public String toString() {
    return tenant + "/" + name;
  }
}
