package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant as one file, from one registry to another. */
class RegistryArchiveTest {
  @TempDir static Path folder;
  private static Workshop shop = new Workshop(Path.of(""));
  private static TestRegistry here = new TestRegistry(Path.of(""));
  private static TestRegistry there = new TestRegistry(Path.of(""));

  @BeforeAll
  static void furnish() throws IOException {
    shop = Workshop.furnished(folder);
    here = TestRegistry.at(folder.resolve("here"), "acme");
    there = TestRegistry.at(folder.resolve("there"), "others");
    shop.train(shop.at("second"), "--seed", 2).expect(ExitCode.OK);
    here.run("adapters", "add", shop.run(), "acme/support", "--alias", "prod").expect(ExitCode.OK);
    here.run("adapters", "add", shop.at("second"), "acme/support", "--alias", "prod")
        .expect(ExitCode.OK);
    here.run("adapters", "export", "acme", "-o", archive()).expect(ExitCode.OK);
  }

  private static Path archive() {
    return folder.resolve("acme.tar");
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void movesACustomerToAnotherRegistry() {
    Path file = folder.resolve("moving.tar");
    Run exported = here.run("adapters", "export", "acme", "-o", file, "--note", "moves");
    assertTrue(
        exported.expect(ExitCode.OK).out().contains("2 versions of 1 adapter"), exported::out);
    Run tried = there.run("adapters", "import", file, "--dry-run").expect(ExitCode.OK);
    assertTrue(tried.out().contains("dry run: acme  2 versions"), tried::out);
    there.run("tenants", "show", "acme").expect(ExitCode.NOT_FOUND);

    Run imported = there.run("adapters", "import", file, "--note", "moved").expect(ExitCode.OK);

    assertTrue(imported.out().contains("acme  2 versions of 1 adapter"), imported::out);
    String question = "hot sun";
    assertEquals(
        here.run("predict", shop.bundle(), "--adapter", "acme/support", "--text", question).out(),
        there
            .run("predict", shop.bundle(), "--adapter", "acme/support", "--text", question)
            .expect(ExitCode.OK)
            .out());
    there.run("adapters", "rollback", "acme/support", "--alias", "prod").expect(ExitCode.OK);
    JsonNode version =
        there.run("adapters", "show", "acme/support", "--json").expect(ExitCode.OK).json();
    assertEquals(1, version.path("version").path("version").asInt());
    there.run("store", "fsck").expect(ExitCode.OK);
    there.run("adapters", "audit", "--verify").expect(ExitCode.OK);
    String log = there.run("adapters", "audit", "--json").expect(ExitCode.OK).out();
    assertTrue(log.contains("import-tenant") && log.contains("moved"), log);
  }

  @Test
  void answersPrograms() {
    Path file = folder.resolve("programs.tar");

    JsonNode exported =
        here.run("adapters", "export", "acme", "-o", file, "--json").expect(ExitCode.OK).json();
    JsonNode imported =
        there
            .run("adapters", "import", file, "--as", "umbrella", "--json")
            .expect(ExitCode.OK)
            .json();

    assertEquals(
        List.of(
            "output",
            "tenant",
            "archive",
            "sizeBytes",
            "adapters",
            "versions",
            "signatures",
            "parentsLeftOut",
            "warnings",
            "dryRun"),
        keys(exported));
    assertEquals(
        List.of(
            "tenant",
            "archive",
            "exportedFrom",
            "exportedTenant",
            "adapters",
            "versions",
            "signatures",
            "signaturesLeftOut",
            "parentsLeftOut",
            "warnings",
            "dryRun"),
        keys(imported));
    assertEquals(exported.path("archive"), imported.path("archive"));
    assertEquals("umbrella", imported.path("tenant").path("tenant").asText());
    assertEquals(2, imported.path("tenant").path("versions").asInt());
  }

  @Test
  void movesSignaturesWithACustomerWhoKeepsItsName() {
    Path file = folder.resolve("signed.tar");
    Path key = folder.resolve("release.key");
    Path publicKey = folder.resolve("release.key.pub");
    Run.of("keys", "signing", "-o", key).expect(ExitCode.OK);
    here.run("tenants", "create", "hooli").expect(ExitCode.OK);
    here.run("adapters", "add", shop.run(), "hooli/support", "--alias", "prod", "--sign-key", key)
        .expect(ExitCode.OK);
    Run exported = here.run("adapters", "export", "hooli", "-o", file).expect(ExitCode.OK);
    assertTrue(exported.out().contains(", 1 signature"), exported::out);
    there.run("tenants", "create", "hooli").expect(ExitCode.OK);
    there.run("tenants", "signatures", "hooli", "require").expect(ExitCode.OK);
    there
        .run("adapters", "import", file)
        .failsWith(ExitCode.REFUSED, "hooli/support:prod (@1)", "trust the key");
    there.run("tenants", "trust", "hooli", publicKey).expect(ExitCode.OK);

    Run imported = there.run("adapters", "import", file).expect(ExitCode.OK);
    assertTrue(imported.out().contains(", 1 signature"), imported::out);
    JsonNode renamed =
        there
            .run("adapters", "import", file, "--as", "nucleus", "--json")
            .expect(ExitCode.OK)
            .json();

    there.run("adapters", "verify", "hooli/support").expect(ExitCode.OK);
    assertEquals(0, renamed.path("signatures").asInt());
    assertEquals(1, renamed.path("signaturesLeftOut").asInt());
    assertTrue(
        renamed.path("warnings").toString().contains("sign the versions again"), renamed::toString);
    there.run("adapters", "verify", "nucleus/support", "--key", publicKey).expect(ExitCode.REFUSED);
    there.run("store", "fsck").expect(ExitCode.OK);
  }

  @Test
  void replacesNoFileUnasked() throws IOException {
    Path file = Files.writeString(folder.resolve("precious.tar"), "mine");

    here.run("adapters", "export", "acme", "-o", file).failsWith(ExitCode.CONFLICT, "exists");
    assertEquals("mine", Files.readString(file));
    here.run("adapters", "export", "acme", "-o", file, "--force").expect(ExitCode.OK);

    assertTrue(Files.size(file) > 1000);
    here.run("adapters", "export", "acme", "-o", folder.resolve("no.tar"), "--dry-run")
        .expect(ExitCode.OK);
    assertFalse(Files.exists(folder.resolve("no.tar")));
    here.run("adapters", "export", "nobody", "-o", folder.resolve("no.tar"))
        .failsWith(ExitCode.NOT_FOUND, "nobody");
  }

  @Test
  void importsOnlyWhereThereIsRoom() {
    here.run("adapters", "import", archive())
        .failsWith(ExitCode.CONFLICT, "exists already", "--as OTHER");
    there
        .run("adapters", "import", archive(), "--as", "Big Corp")
        .failsWith(ExitCode.USAGE, "Big Corp");
    there
        .run("adapters", "import", archive(), "--as", "small", "--max-versions", "1")
        .failsWith(ExitCode.RESOURCE, "2 versions");
    there.run("tenants", "show", "small").expect(ExitCode.NOT_FOUND);
    there
        .run("adapters", "import", archive(), "--as", "limited", "--max-versions", "5")
        .expect(ExitCode.OK);
    Run shown = there.run("tenants", "show", "limited", "--json").expect(ExitCode.OK);
    assertEquals(5, shown.json().path("maxVersions").asInt());
  }

  @Test
  void decryptsAndEncryptsWhenToldTo() throws IOException {
    Path keys = folder.resolve("keys");
    Path file = folder.resolve("globex.tar");
    Run.of("keys", "init", "--keys", keys).expect(ExitCode.OK);
    here.run("tenants", "create", "globex", "--encrypt", "--keys", keys).expect(ExitCode.OK);
    here.run("adapters", "add", shop.run(), "globex/support", "--keys", keys).expect(ExitCode.OK);

    here.run("adapters", "export", "globex", "-o", file, "--keys", keys)
        .failsWith(ExitCode.FORBIDDEN, "encrypted", "--decrypt");
    here.run("adapters", "export", "globex", "-o", file, "--decrypt")
        .failsWith(ExitCode.FORBIDDEN, "--keys");
    assertFalse(Files.exists(file));
    here.run("adapters", "export", "globex", "-o", file, "--decrypt", "--keys", keys)
        .expect(ExitCode.OK)
        .says("in the clear");
    there.run("adapters", "import", file, "--encrypt").failsWith(ExitCode.FORBIDDEN, "--keys");
    there.run("adapters", "import", file, "--encrypt", "--keys", keys).expect(ExitCode.OK);
    there
        .run("adapters", "pull", "globex/support@1", "-o", folder.resolve("out"))
        .failsWith(ExitCode.FORBIDDEN, "--keys");
    there
        .run("adapters", "pull", "globex/support@1", "-o", folder.resolve("out"), "--keys", keys)
        .expect(ExitCode.OK);
    assertArrayEquals(
        Files.readAllBytes(shop.run().resolve("adapter/adapter_model.safetensors")),
        Files.readAllBytes(folder.resolve("out/adapter_model.safetensors")));
    there.run("adapters", "import", file, "--as", "open").expect(ExitCode.OK).says("was encrypted");
  }

  @Test
  void refusesArchivesThatAreNone() throws IOException {
    there
        .run("adapters", "import", folder.resolve("absent.tar"))
        .failsWith(ExitCode.NOT_FOUND, "absent.tar");
    there.run("adapters", "import", folder).failsWith(ExitCode.INVALID, "no regular file");
    Path gzip = folder.resolve("acme.tar.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzip))) {
      out.write(Files.readAllBytes(archive()));
    }
    there.run("adapters", "import", gzip).failsWith(ExitCode.INVALID, "gzip", "decompress it");
    byte[] bytes = Files.readAllBytes(archive());
    Path cut = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(bytes, bytes.length / 2));
    there.run("adapters", "import", cut).failsWith(ExitCode.INTEGRITY, "too early");
    bytes[bytes.length - 1024 - 512] ^= 1;
    Path changed = Files.write(folder.resolve("changed.tar"), bytes);
    there.run("adapters", "import", changed, "--as", "x").expect(ExitCode.INTEGRITY);
    for (byte kind :
        new byte[] {TarConstants.LF_SYMLINK, TarConstants.LF_CHR, TarConstants.LF_FIFO}) {
      Path odd = folder.resolve("odd.tar");
      try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(odd))) {
        TarArchiveEntry entry = new TarArchiveEntry("graft-archive.json", kind);
        entry.setLinkName("/etc/passwd");
        out.putArchiveEntry(entry);
        out.closeArchiveEntry();
      }
      there.run("adapters", "import", odd).failsWith(ExitCode.INVALID, "nothing but regular files");
    }
    assertFalse(there.everything().contains("passwd"));
    there.run("store", "fsck").expect(ExitCode.OK);
  }
}
