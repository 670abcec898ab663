package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.AdapterStore;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft tenants trust}: one more key whose signatures count. */
@Command(
    name = "trust",
    customSynopsis = "graft tenants trust TENANT FILE.pub [OPTIONS]",
    description = "Let a tenant trust what a key signs.",
    footerHeading = "%nExample:%n",
    footer = "  graft tenants trust acme release.key.pub --note 'the release team'")
final class TenantsTrustCommand extends RegistryCommand {
  @Parameters(
      index = "0",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Who trusts it.")
  String tenant;

  @Parameters(
      index = "1",
      paramLabel = "FILE.pub",
      description = "The public key, a PEM file ('graft keys signing', or OpenSSL).")
  Path file;

  @Mixin ChangeSettings change;

  TenantsTrustCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "trust the key '%s'".formatted(file);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    VerifyingKey key = Inputs.publicKey(file);
    boolean isNew = store.signing().trust(tenant, key, change.change());
    return answer(
        RegistryJson.object()
            .put("tenant", tenant)
            .put("keyId", key.id())
            .put("changed", isNew)
            .put("dryRun", change.dryRun),
        () ->
            tell(
                change.dryRun,
                "%s %s key %s".formatted(tenant, isNew ? "trusts" : "trusts already", key.id())));
  }
}
