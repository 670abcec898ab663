package dev.graft.cli;

import dev.graft.cli.screen.Quantities;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Tenant;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** The most a tenant may have. */
final class QuotaSettings {
  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE|none",
      converter = RegistryConverters.SizeConverter.class,
      description = "Bytes of all its versions that are not deleted: 500MiB, 2GiB, none.")
  Optional<RegistryConverters.Limit> maxBytes = Optional.empty();

  @Option(
      names = "--max-versions",
      paramLabel = "N|none",
      converter = RegistryConverters.CountConverter.class,
      description = "Versions that are not deleted.")
  Optional<RegistryConverters.Limit> maxVersions = Optional.empty();

  boolean isGiven() {
    return maxBytes.isPresent() || maxVersions.isPresent();
  }

  /** These limits; what is not given is as it was. */
  Quota over(Quota before) {
    return new Quota(
        maxBytes.map(RegistryConverters.Limit::value).orElse(before.bytes()),
        maxVersions.map(RegistryConverters.Limit::value).orElse(before.versions()));
  }

  static String text(Tenant tenant) {
    OptionalLong bytes = tenant.quota().bytes();
    OptionalLong versions = tenant.quota().versions();
    return "at most %s and %s versions"
        .formatted(
            bytes.isPresent() ? Quantities.bytes(bytes.getAsLong()) : "any number of bytes",
            versions.isPresent() ? versions.getAsLong() : "any number of");
  }
}
