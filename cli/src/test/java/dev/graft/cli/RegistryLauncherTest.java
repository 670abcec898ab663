package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command on a registry, by the launcher, on adapters that are trained here. */
@Timeout(300)
class RegistryLauncherTest {
  /** Command lines in their order, and what their answers have; WORK is a folder. */
  private static final List<List<String>> LINES =
      List.of(
          line("keys signing -o WORK/release.key", "release.key.pub"),
          line("keys init --keys WORK/keys", "backups"),
          line("store init", "STORE"),
          line("tenants create acme --max-versions 20", "acme"),
          line("tenants create globex --encrypt", "globex"),
          line("adapters add RUN acme/support --alias prod --note first", "acme/support@1"),
          line(
              "train BUNDLE --data DATA -o WORK/second --max-steps 3 --init-adapter acme/support"
                  + " --publish acme/support --alias candidate",
              "acme/support@2"),
          line("adapters list acme/support", "prod", "candidate"),
          line("adapters show acme/support@2", "candidate", "acme/support@1"),
          line("adapters diff acme/support@1 acme/support@2", "layer"),
          line("adapters promote acme/support@2 --alias prod", "@1 -> @2"),
          line("predict BUNDLE --adapter acme/support --text hot", "adapterDigest"),
          line("adapters history acme/support", "first"),
          line("adapters rollback acme/support --alias prod", "@2 -> @1"),
          line("adapters tag acme/support@1 golden", "golden"),
          line("adapters search --tag golden", "acme/support@1"),
          line("adapters untag acme/support@1 golden", "golden"),
          line("adapters unalias acme/support --alias candidate", "candidate"),
          line("adapters deprecate acme/support@2", "deprecated"),
          line("adapters block acme/support@2", "blocked"),
          line("adapters activate acme/support@2", "active"),
          line("adapters sign acme/support@1 --sign-key WORK/release.key", "sha256:"),
          line("tenants trust acme WORK/release.key.pub", "sha256:"),
          line("tenants signatures acme require", "require"),
          line("adapters verify acme/support", "trusted"),
          line("adapters pull acme/support -o WORK/pulled --key WORK/release.key.pub", "pulled"),
          line("tenants signatures acme off", "off"),
          line("tenants distrust acme WORK/release.key.pub", "sha256:"),
          line(
              "adapters combine acme/support@1:0.7 acme/support@2:0.3 --saved first -o WORK/both",
              "both"),
          line("adapters resize acme/support@1 --rank 2 -o WORK/small", "rank"),
          line("adapters add WORK/both globex/support", "globex/support@1"),
          line("adapters lineage acme/support@2", "acme/support@1"),
          line("adapters audit --verify", "sound"),
          line("adapters export acme -o WORK/acme.tar", "acme.tar"),
          line("adapters import WORK/acme.tar --as initech", "initech"),
          line("adapters list initech", "initech/support"),
          line("tenants list", "acme", "globex", "initech"),
          line("tenants quota acme --max-versions 30", "30"),
          line("tenants show acme", "30"),
          line("tenants encrypt acme", "acme"),
          line("tenants rotate-key globex", "globex"),
          line("keys rotate --keys WORK/keys", "master key"),
          line("predict BUNDLE --adapter acme/support --text hot", "adapterDigest"),
          line("tenants erase globex --confirm globex -o WORK/gone.json", "globex is erased"),
          line("tenants verify-erasure WORK/gone.json", "the certificate holds"),
          line("adapters delete acme/support@2", "deleted"),
          line("store gc --grace 0s", "blobs"),
          line("store migrate", "format"),
          line("store watch --after 0 --for 1s", "acme/support"),
          line("store stats", "tenants       3"),
          line("store fsck", "sound"));

  @TempDir Path folder;

  private static List<String> line(String line, String... says) {
    List<String> parts = new ArrayList<>(List.of(line));
    parts.addAll(List.of(says));
    return parts;
  }

  @Test
  void runsEveryCommand() {
    List<String> commands = new ArrayList<>(RegistryOptionsTest.commands());
    commands.removeIf(
        command -> LINES.stream().anyMatch(line -> (line.get(0) + " ").startsWith(command + " ")));

    assertTrue(commands.isEmpty(), commands::toString);
  }

  @Test
  void keepsARegistryThroughItsLife() throws Exception {
    Workshop shop = Workshop.furnished(Files.createDirectory(folder.resolve("shop")));
    RealLauncher graft = RealLauncher.in(folder.resolve("a project"));
    Path work = Files.createDirectory(folder.resolve("work"));
    Path store = folder.resolve("store");
    Map<String, String> env =
        Map.of(
            "GRAFT_STORE", store.toString(),
            "GRAFT_KEYS", work.resolve("keys").toString(),
            "GRAFT_AUTHOR", "ann");
    for (List<String> line : LINES) {
      List<String> words =
          Arrays.stream(line.get(0).split(" ", -1))
              .map(
                  word ->
                      word.replace("WORK", work.toString())
                          .replace("BUNDLE", shop.bundle().toString())
                          .replace("DATA", shop.data().toString())
                          .replace("RUN", shop.run().toString()))
              .toList();

      Run run = graft.run(env, words);

      assertTrue(run.code() == 0, () -> line + "\n" + run);
      for (String part : line.subList(1, line.size())) {
        assertTrue(
            run.out().contains(part.replace("STORE", store.toString())), () -> line + "\n" + run);
      }
    }
    graft
        .run(env, List.of("adapters", "show", "acme/suport"))
        .failsWith(ExitCode.NOT_FOUND, "support");
  }
}
