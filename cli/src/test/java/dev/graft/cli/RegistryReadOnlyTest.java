package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry that may not be written, and one on a disk that takes no more. */
@Timeout(300)
class RegistryReadOnlyTest {
  /** Every command of the registry, and the others that use it; WORK can be written. */
  private static final List<String> LINES =
      List.of(
          "adapters add RUN acme/other",
          "adapters list",
          "adapters list acme/support",
          "adapters show acme/support",
          "adapters history acme/support --alias prod",
          "adapters diff acme/support@1 acme/support@2",
          "adapters promote acme/support@2 --alias prod",
          "adapters rollback acme/support --alias prod",
          "adapters unalias acme/support --alias prod",
          "adapters activate acme/support@2",
          "adapters deprecate acme/support@2",
          "adapters block acme/support@2",
          "adapters delete acme/support@2",
          "adapters tag acme/support@2 golden",
          "adapters untag acme/support@2 golden",
          "adapters sign acme/support --sign-key WORK/release.key",
          "adapters verify acme/support",
          "adapters pull acme/support -o WORK/pulled",
          "adapters export acme -o WORK/again.tar",
          "adapters import WORK/acme.tar --as other",
          "adapters lineage acme/support",
          "adapters search",
          "adapters audit",
          "adapters audit --verify",
          "adapters combine acme/support@1 acme/support@2 -o WORK/combined",
          "adapters resize acme/support@1 --rank 2 -o WORK/resized",
          "tenants create other",
          "tenants create other --encrypt --keys WORK/keys",
          "tenants list",
          "tenants show acme",
          "tenants quota acme --max-versions 3",
          "tenants trust acme WORK/release.key.pub",
          "tenants distrust acme KEY_ID --force",
          "tenants signatures acme warn",
          "tenants encrypt acme --keys WORK/keys",
          "tenants rotate-key globex --keys WORK/keys",
          "tenants erase globex --confirm globex --keys WORK/keys -o WORK/again.json",
          "tenants verify-erasure WORK/gone.json --keys WORK/keys",
          "store init",
          "store stats",
          "store watch --for 1s",
          "store fsck",
          "store fsck --repair",
          "store gc --grace 0s",
          "store gc --dry-run",
          "store migrate",
          "predict BUNDLE --adapter acme/support --text hot",
          "train BUNDLE --data DATA -o WORK/trained --max-steps 1 --publish acme/support",
          "keys init --keys STORE/keys",
          "keys rotate --keys STORE/locked-keys",
          "keys signing -o STORE/release.key");

  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry registry = new TestRegistry(Path.of(""));
  private static Confined confined = new Confined(List.of());

  @BeforeAll
  static void furnish() throws Exception {
    confined = Confined.orSkip(folder);
    shop = Workshop.furnished(Files.createDirectory(folder.resolve("shop")));
    Path work = Files.createDirectory(folder.resolve("work"));
    registry = TestRegistry.at(folder.resolve("store"), "acme");
    shop.train(shop.at("second"), "--seed", 2).expect(ExitCode.OK);
    registry.run("adapters", "add", shop.run(), "acme/support", "--alias", "prod");
    registry.run("adapters", "add", shop.at("second"), "acme/support").expect(ExitCode.OK);
    done("keys signing -o WORK/release.key");
    done("keys init --keys WORK/keys");
    done("keys init --keys STORE/locked-keys");
    done("tenants create globex --encrypt --keys WORK/keys");
    done("tenants create gone");
    done("tenants erase gone --confirm gone -o WORK/gone.json");
    done("adapters export acme -o WORK/acme.tar");
    assertTrue(Files.exists(work.resolve("acme.tar")));
  }

  @AfterAll
  static void letTheFolderBeDeleted() throws IOException {
    if (Files.exists(folder.resolve("store"))) {
      Confined.setWritable(folder.resolve("store"), true);
    }
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.split(" ", -1)) {
      words.add(
          word.replace("WORK", folder.resolve("work").toString())
              .replace("STORE", registry.store().toString())
              .replace("BUNDLE", shop.bundle().toString())
              .replace("DATA", shop.data().toString())
              .replace("RUN", shop.run().toString())
              .replace("KEY_ID", "sha256:" + "0".repeat(64)));
    }
    if (!line.startsWith("keys ")) {
      words.addAll(List.of("--store", registry.store().toString()));
    }
    return words;
  }

  private static Run done(String line) {
    return Run.of(words(line).toArray()).expect(ExitCode.OK);
  }

  /** Everything below a folder, with its content and who may do what with it. */
  private static Map<String, String> content(Path root) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.toList()) {
        byte[] bytes = Files.isRegularFile(path) ? Files.readAllBytes(path) : new byte[0];
        content.put(
            root.relativize(path).toString(),
            Files.getPosixFilePermissions(path)
                + " "
                + HexFormat.of().formatHex(Digests.sha256().digest(bytes)));
      }
    }
    return content;
  }

  @Test
  void walksOverEveryCommand() {
    for (String command : RegistryOptionsTest.commands()) {
      assertTrue(LINES.stream().anyMatch(line -> (line + " ").startsWith(command + " ")), command);
    }
  }

  @Test
  void refusesEveryCommandAndChangesNothing() throws Exception {
    Map<String, String> work = content(folder.resolve("work"));

    List<Run> runs = onReadOnly(registry.store(), LINES);

    for (int i = 0; i < LINES.size(); i++) {
      assertRefused(LINES.get(i), runs.get(i));
      if (!LINES.get(i).startsWith("keys ")) {
        runs.get(i).says("index.db", "make its folder writable");
      }
    }
    assertEquals(work, content(folder.resolve("work")));
    done("store fsck");
    done("adapters tag acme/support@2 golden");
    done("adapters untag acme/support@2 golden");
  }

  @Test
  void readsButStoresNothingWhereOnlyTheBlobsAreReadOnly() throws Exception {
    Path spare = folder.resolve("spare");
    Run.of("adapters", "resize", shop.run(), "--rank", 2, "-o", spare).expect(ExitCode.OK);
    registry.run("adapters", "add", spare, "acme/spare").expect(ExitCode.OK);
    done("adapters delete acme/spare@1");
    List<String> reading =
        List.of(
            "adapters show acme/support",
            "store stats",
            "adapters pull acme/support -o WORK/out",
            "adapters export acme -o WORK/out.tar",
            "predict BUNDLE --adapter acme/support --text hot",
            "store fsck");
    List<String> storing =
        List.of(
            "adapters add RUN acme/other",
            "adapters import WORK/acme.tar --as other",
            "store gc --grace 0s");

    List<Run> runs = onReadOnly(registry.store().resolve("blobs"), reading);
    runs.forEach(run -> run.expect(ExitCode.OK));
    String before = registry.everything();
    runs = onReadOnly(registry.store().resolve("blobs"), storing);

    for (int i = 0; i < storing.size(); i++) {
      assertRefused(storing.get(i), runs.get(i));
      runs.get(i).says("AccessDenied", "writable");
    }
    assertEquals(before, registry.everything());
    done("store fsck");
    done("store gc --grace 0s");
  }

  private static void assertRefused(String line, Run run) {
    try {
      run.failsWith(ExitCode.FORBIDDEN);
    } catch (AssertionError e) {
      throw new AssertionError(line, e);
    }
    assertFalse(run.err().contains("\tat "), run::err);
    assertEquals(3, run.err().lines().count(), run::err);
  }

  /**
   * Runs command lines while a part of the registry is read-only, and sees that it stays as it is.
   */
  private static List<Run> onReadOnly(Path part, List<String> lines) throws Exception {
    Confined.setWritable(part, false);
    try {
      Map<String, String> before = content(part);
      List<Run> runs = confined.graftEach(folder, lines.stream().map(l -> words(l)).toList());
      assertEquals(before, content(part));
      return runs;
    } finally {
      Confined.setWritable(part, true);
    }
  }

  @Test
  void refusesItInAProcessOfItsOwn() throws Exception {
    Confined.setWritable(registry.store(), false);
    try {
      Run run = confined.graft(words("adapters add RUN acme/other"));

      run.failsWith(ExitCode.FORBIDDEN, "index.db", "make its folder writable");
    } finally {
      Confined.setWritable(registry.store(), true);
    }
  }

  @Test
  void acknowledgesNothingWhereAFileCannotGrow() throws Exception {
    Path big = folder.resolve("big");
    Run.of("adapters", "resize", shop.run(), "--rank", 2000, "-o", big).expect(ExitCode.OK);
    String before = registry.everything();

    Run run =
        Confined.graftWithSmallFiles(
            4096, List.of("adapters", "add", big, "acme/big", "--store", registry.store()));

    run.failsWith(ExitCode.RESOURCE, "File too large", "check that the disk has room");
    assertEquals(before, registry.everything());
    done("store fsck");
    done("store gc --grace 0s");
    registry.run("adapters", "add", big, "acme/big").expect(ExitCode.OK);
  }
}
