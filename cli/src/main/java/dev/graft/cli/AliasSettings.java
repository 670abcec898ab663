package dev.graft.cli;

import dev.graft.store.Expected;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which alias is moved, and where it must point for that. */
final class AliasSettings {
  @Option(
      names = "--alias",
      required = true,
      paramLabel = "ALIAS",
      converter = RegistryConverters.WordConverter.class,
      description = "The alias: prod is what TENANT/NAME alone means; any other name will do.")
  String alias;

  @Option(
      names = "--expect",
      paramLabel = "@N|none",
      converter = RegistryConverters.ExpectedConverter.class,
      description =
          "Move it only if it points to version N now, or does not exist; else exit with 6 and change nothing.")
  Optional<Expected> expected = Optional.empty();

  Expected where() {
    return expected.orElse(Expected.anything());
  }
}
