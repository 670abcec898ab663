package dev.graft.cli;

import dev.graft.store.keys.KeyDirectory;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code graft keys init}: a new directory of keys. */
@Command(
    name = "init",
    customSynopsis = "graft keys init --keys DIR [OPTIONS]",
    description =
        "Make a directory for the keys of encrypted tenants, with a new master key. Keep it apart from the registry and its backups: who erases a tenant destroys its key here.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft keys init --keys /srv/graft-keys",
      "  graft keys init --keys /srv/graft-keys --master-key /run/secrets/graft-master"
    })
final class KeysInitCommand extends KeyPlaceCommand {
  @Mixin DryRunOption dry;

  KeysInitCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "make a directory of keys";
  }

  @Override
  public Integer call() throws IOException {
    Path directory = place.required();
    if (dry.dryRun) {
      KeyDirectory.requireRoom(directory, place.masterKey);
    } else {
      KeyDirectory.create(directory, place.masterKey);
    }
    return answer(
            RegistryJson.object().put("keys", directory.toString()).put("dryRun", dry.dryRun),
            () ->
                tell(
                    dry.dryRun,
                    "a new directory of keys at %s; make backups of it, apart from those of the registry"
                        .formatted(directory)))
        .code();
  }
}
