package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.VersionStateException;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft tenants create}: a new tenant. */
@Command(
    name = "create",
    customSynopsis = "graft tenants create TENANT [OPTIONS]",
    description = "Add a tenant. Adapters are published for tenants only.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants create acme",
      "  graft tenants create globex --max-bytes 500MiB --max-versions 100",
      "  graft tenants create initech --encrypt --keys /srv/graft-keys"
    })
final class TenantsCreateCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Its name: 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit.")
  String tenant;

  @Option(
      names = "--encrypt",
      description = "Encrypt what it publishes, with a key of its own; needs --keys.")
  boolean encrypt;

  @Mixin QuotaSettings quota;
  @Mixin ChangeSettings change;

  TenantsCreateCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "create the tenant '%s'".formatted(tenant);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Tenant created;
    try {
      Quota limits = quota.over(Quota.NONE);
      created =
          encrypt
              ? store.createEncryptedTenant(tenant, limits, change.change())
              : store.createTenant(tenant, limits, change.change());
    } catch (VersionStateException e) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "cannot " + doing(),
          String.valueOf(e.getMessage()),
          "use it as it is, or choose another name",
          e);
    }
    ObjectNode out = RegistryJson.tenant(created).put("dryRun", change.dryRun);
    return answer(
        out, () -> tell(change.dryRun, "%s  %s".formatted(tenant, QuotaSettings.text(created))));
  }
}
