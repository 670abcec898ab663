package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.Tenant;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft tenants quota}: other limits for a tenant. */
@Command(
    name = "quota",
    customSynopsis = "graft tenants quota TENANT [--max-bytes SIZE] [--max-versions N]",
    description = "Change the limits of a tenant. What is over them stays, but nothing is added.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants quota acme --max-bytes 2GiB",
      "  graft tenants quota acme --max-versions none"
    })
final class TenantsQuotaCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Whose limits.")
  String tenant;

  @Mixin QuotaSettings quota;
  @Mixin ChangeSettings change;

  TenantsQuotaCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "set the quota of '%s'".formatted(tenant);
  }

  @Override
  void check() {
    if (!quota.isGiven()) {
      throw CommandFailure.usage(
          "no limit is given",
          "neither --max-bytes nor --max-versions says one",
          "give one or both; 'graft tenants show' says what they are now");
    }
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Tenant before = store.tenant(tenant);
    Tenant after = store.setQuota(tenant, quota.over(before.quota()), change.change());
    return answer(
        RegistryJson.tenant(after).put("dryRun", change.dryRun),
        () -> tell(change.dryRun, "%s  %s".formatted(tenant, QuotaSettings.text(after))));
  }
}
