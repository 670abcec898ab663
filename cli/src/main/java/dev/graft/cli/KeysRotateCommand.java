package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.keys.KeyDirectory;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code graft keys rotate}: another master key. */
@Command(
    name = "rotate",
    customSynopsis = "graft keys rotate --keys DIR [OPTIONS]",
    description =
        "Give a directory of keys another master key. The keys of tenants stay what they are, wrapped anew; processes that use them go on working. 'graft tenants rotate-key' changes the key of a tenant.",
    footerHeading = "%nExample:%n",
    footer = "  graft keys rotate --keys /srv/graft-keys")
final class KeysRotateCommand extends KeyPlaceCommand {
  @Mixin DryRunOption dry;

  KeysRotateCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "rotate the master key";
  }

  @Override
  public Integer call() throws IOException {
    Path directory = place.required();
    KeyDirectory keys = KeyDirectory.open(directory, place.masterKey);
    int count = dry.dryRun ? keys.tryRotateMaster() : keys.rotateMaster();
    ObjectNode out = RegistryJson.object();
    out.put("keys", directory.toString());
    out.put("wrapped", count);
    out.put("dryRun", dry.dryRun);
    return answer(
            out,
            () ->
                tell(
                    dry.dryRun,
                    "%s has a new master key, which wraps %s"
                        .formatted(directory, RegistryText.count(count, "key"))))
        .code();
  }
}
