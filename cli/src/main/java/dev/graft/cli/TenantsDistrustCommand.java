package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.AdapterStore;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft tenants distrust}: a key whose signatures do not count any more. */
@Command(
    name = "distrust",
    customSynopsis = "graft tenants distrust TENANT KEY [OPTIONS]",
    description =
        "Let a tenant trust a key no more, wherever its signatures are. What is served on its word alone is refused then, if the tenant requires signatures.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants distrust acme release.key.pub",
      "  graft tenants distrust acme sha256:5ae1... --force --note 'the key was stolen'"
    })
final class TenantsDistrustCommand extends RegistryCommand {
  @Parameters(
      index = "0",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Who trusts it.")
  String tenant;

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "The public key's file, or its id ('graft tenants show' lists them).")
  String key;

  @Mixin ForceOption force;
  @Mixin ChangeSettings change;

  TenantsDistrustCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "distrust the key '%s'".formatted(key);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    String keyId = key;
    if (!key.startsWith("sha256:")) {
      Path file = Path.of(key);
      Inputs.requireExists(file, "key", "give a public key's file, or its id");
      keyId = VerifyingKey.read(file).id();
    }
    store.signing().distrust(tenant, keyId, force.force, change.change());
    String gone = keyId;
    return answer(
        RegistryJson.object()
            .put("tenant", tenant)
            .put("keyId", gone)
            .put("changed", true)
            .put("dryRun", change.dryRun),
        () -> tell(change.dryRun, "%s trusts key %s no more".formatted(tenant, gone)));
  }
}
