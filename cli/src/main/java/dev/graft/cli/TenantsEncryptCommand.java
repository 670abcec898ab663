package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.KeyChange;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft tenants encrypt}: a key for a tenant that has none. */
@Command(
    name = "encrypt",
    customSynopsis = "graft tenants encrypt TENANT --keys DIR [OPTIONS]",
    description =
        "Give a tenant a key, and encrypt what it has and what it will publish. The files without encryption are deleted here; backups still have them. What stopped halfway goes on when it is run again.",
    footerHeading = "%nExample:%n",
    footer = "  graft tenants encrypt acme --keys /srv/graft-keys --note 'new contract'")
final class TenantsEncryptCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Which one.")
  String tenant;

  @Mixin ChangeSettings change;

  TenantsEncryptCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "encrypt the tenant '%s'".formatted(tenant);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    KeyChange done = store.encryptTenant(tenant, change.change());
    return answer(
        json(tenant, done),
        () ->
            tell(
                done.dryRun(),
                "%s is encrypted, with %s"
                    .formatted(tenant, RegistryText.count(done.versions(), "version"))));
  }

  static ObjectNode json(String tenant, KeyChange change) {
    ObjectNode out = RegistryJson.object();
    out.put("tenant", tenant);
    out.put("keyId", change.keyId());
    out.put("versions", change.versions());
    change.destroyedKeys().forEach(out.putArray("destroyedKeys")::add);
    return out.put("dryRun", change.dryRun());
  }
}
