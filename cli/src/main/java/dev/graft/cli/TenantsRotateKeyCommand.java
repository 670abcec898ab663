package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.KeyChange;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft tenants rotate-key}: another key for an encrypted tenant. */
@Command(
    name = "rotate-key",
    customSynopsis = "graft tenants rotate-key TENANT --keys DIR [OPTIONS]",
    description =
        "Give an encrypted tenant another key, and encrypt all it has with that one. What stopped halfway goes on when it is run again.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants rotate-key acme --keys /srv/graft-keys",
      "  graft tenants rotate-key acme --keys /srv/graft-keys --destroy-old --note 'a key leaked'"
    })
final class TenantsRotateKeyCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Which one.")
  String tenant;

  @Option(
      names = "--destroy-old",
      description =
          "Destroy the old keys at the end. Backups of the registry from before cannot be read any more.")
  boolean destroyOld;

  @Mixin ChangeSettings change;

  TenantsRotateKeyCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "rotate the key of '%s'".formatted(tenant);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    KeyChange done = store.rotateKey(tenant, destroyOld, change.change());
    return answer(
        TenantsEncryptCommand.json(tenant, done),
        () ->
            tell(
                done.dryRun(),
                "%s has another key, which encrypts %s; %s destroyed"
                    .formatted(
                        tenant,
                        RegistryText.count(done.versions(), "version"),
                        RegistryText.count(done.destroyedKeys().size(), "old key"))));
  }
}
