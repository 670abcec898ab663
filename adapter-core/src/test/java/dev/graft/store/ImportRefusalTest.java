package dev.graft.store;

import static dev.graft.store.StoreSamples.ME;
import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.files.Digests;
import dev.graft.signing.Envelope;
import dev.graft.signing.SigningKey;
import dev.graft.store.archive.ArchiveReader;
import dev.graft.store.archive.ArchiveWriter;
import dev.graft.store.archive.ArchivedTenant;
import dev.graft.store.archive.ArchivedVersion;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import dev.graft.store.check.AdapterFacts;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.VersionFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that are well formed, and whose adapters are not what a registry takes. */
class ImportRefusalTest {
  private static final ImportOptions AS_OTHER = ImportOptions.DEFAULTS.as("other");

  @TempDir Path folder;
  private AdapterStore store;
  private Path archive = Path.of("unset");
  private ArchivedTenant document;
  private final Map<String, byte[]> contents = new TreeMap<>();

  @BeforeEach
  void export() throws IOException {
    archive = folder.resolve("acme.tar");
    store = StoreSamples.withTenant(StoreLocation.directory(folder.resolve("store")));
    store.publish(PublishRequest.of(SUPPORT, adapter(1, 0.9)).alias("prod").tag("golden"), ME);
    store.exportTenant("acme", archive, ExportOptions.DEFAULTS, ME.note("moving"));
    try (ArchiveReader reader = ArchiveReader.open(archive)) {
      document = reader.tenant();
      for (String digest : reader.contents().keySet()) {
        contents.put(digest, Channels.newInputStream(reader.open(digest)).readAllBytes());
      }
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Path write(ArchivedTenant changed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.write(
        changed,
        Channels.newChannel(out),
        (file, sink) -> sink.accept(ByteBuffer.wrap(contentOf(file.digest()))));
    return Files.write(folder.resolve("changed.tar"), out.toByteArray());
  }

  private byte[] contentOf(String digest) {
    return Objects.requireNonNull(contents.get(digest));
  }

  private void refuses(
      Class<? extends StoreException> type, ArchivedTenant changed, String... parts)
      throws IOException {
    Path file = write(changed);
    StoreException problem = assertThrows(type, () -> store.importTenant(file, AS_OTHER, ME));
    for (String part : parts) {
      assertTrue(problem.toString().contains(part), problem.toString());
    }
    assertEquals(List.of("acme"), store.tenants().stream().map(Tenant::name).toList());
    try (var left = Files.list(folder.resolve("store").resolve("tmp"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  private ArchivedTenant with(UnaryOperator<ArchivedVersion> change) {
    return new ArchivedTenant(
        1,
        "",
        document.storeId(),
        "acme",
        document.time(),
        "ann",
        "",
        false,
        null,
        null,
        document.adapters(),
        List.of(change.apply(document.versions().get(0))));
  }

  /** The version, its facts as given, with other files. */
  private static ArchivedVersion changed(
      ArchivedVersion version, Map<String, String> facts, List<ArchivedFile> files) {
    return new ArchivedVersion(
        version.adapter(),
        version.number(),
        version.state(),
        facts.getOrDefault("digest", version.digest()),
        facts.getOrDefault("manifest", version.manifest()),
        version.baseDigest(),
        version.tokenizerDigest(),
        facts.getOrDefault("type", version.type()),
        Integer.parseInt(facts.getOrDefault("rank", String.valueOf(version.rank()))),
        files.stream().mapToLong(ArchivedFile::sizeBytes).sum(),
        version.metrics(),
        version.author(),
        version.time(),
        version.note(),
        version.tags(),
        version.parents(),
        0,
        files,
        version.signatures());
  }

  private static ArchivedVersion signed(ArchivedVersion version, ArchivedSignature... signatures) {
    return new ArchivedVersion(
        version.adapter(),
        version.number(),
        version.state(),
        version.digest(),
        version.manifest(),
        version.baseDigest(),
        version.tokenizerDigest(),
        version.type(),
        version.rank(),
        version.sizeBytes(),
        version.metrics(),
        version.author(),
        version.time(),
        version.note(),
        version.tags(),
        version.parents(),
        version.parentsLeftOut(),
        version.files(),
        List.of(signatures));
  }

  /** What a key would sign of a version, for an adapter of this name. */
  private static ArchivedSignature signature(
      ArchivedVersion version, String adapter, SigningKey key) {
    byte[] statement =
        SignedStatement.of(
            ArchivedRows.version(AdapterName.parse(adapter), version, 0),
            ArchivedRows.files(version));
    return signature(
        key.id(), Envelope.sign(SignedStatement.PAYLOAD_TYPE, statement, key).json(), version);
  }

  private static ArchivedSignature signature(
      String keyId, String envelope, ArchivedVersion version) {
    return new ArchivedSignature(keyId, envelope, "ann", version.time());
  }

  private ArchivedFile content(String name, byte[] bytes) {
    contents.put(Digests.ofBytes(bytes), bytes);
    return new ArchivedFile(name, Digests.ofBytes(bytes), bytes.length);
  }

  @Test
  void importsWhatWasNotChanged() throws IOException {
    store.importTenant(write(with(version -> version)), AS_OTHER, ME);

    assertEquals(1, store.tenant("other").usedVersions());
  }

  @Test
  void refusesFactsThatAreNotThoseOfTheFiles() throws IOException {
    String other = "sha256:" + "12".repeat(32);
    List<ArchivedFile> files = document.versions().get(0).files();
    refuses(
        PublishRefusedException.class,
        with(v -> changed(v, Map.of("digest", other), files)),
        "\"support@1\"",
        "the archive says " + other);
    refuses(
        PublishRefusedException.class,
        with(v -> changed(v, Map.of("rank", "77"), files)),
        "have rank 2, the archive says 77");
    refuses(
        PublishRefusedException.class,
        with(v -> changed(v, Map.of("type", "PREFIX"), files)),
        "have type LORA, the archive says PREFIX");
    refuses(
        PublishRefusedException.class,
        with(v -> changed(v, Map.of("manifest", other), files)),
        "manifest is missing or another");
  }

  @Test
  void refusesFilesThatAVersionDoesNotHave() throws IOException {
    refuses(
        PublishRefusedException.class,
        with(
            version -> {
              List<ArchivedFile> files = new ArrayList<>(version.files());
              files.add(content("../../evil", new byte[3]));
              return changed(version, Map.of(), files);
            }),
        "a file \"../../evil\"");
    refuses(
        PublishRefusedException.class,
        with(
            version ->
                changed(
                    version,
                    Map.of(),
                    version.files().stream()
                        .filter(file -> !file.name().equals("graft.json"))
                        .toList())),
        "which base");
    refuses(
        PublishRefusedException.class,
        with(
            version ->
                changed(
                    version,
                    Map.of(),
                    version.files().stream()
                        .filter(file -> !file.name().equals(PeftFormat.TENSOR_FILE))
                        .toList())),
        "there is no adapter_model.safetensors");
  }

  @Test
  void refusesAManifestThatListsOtherFiles() throws IOException {
    ArchivedVersion version = document.versions().get(0);
    byte[] manifest =
        Manifest.write(
            version.digest(),
            new AdapterFacts(
                version.baseDigest(), version.tokenizerDigest(), version.type(), version.rank()),
            List.of(VersionFile.plain("graft.json", version.digest(), 7)));
    refuses(
        PublishRefusedException.class,
        with(
            before -> {
              List<ArchivedFile> files = new ArrayList<>(before.files());
              files.removeIf(file -> file.name().equals(Manifest.FILE));
              files.add(content(Manifest.FILE, manifest));
              return changed(before, Map.of("manifest", Digests.ofBytes(manifest)), files);
            }),
        "its manifest is not that of its files");
  }

  @Test
  void refusesWeightsThatPublishingRefuses() throws IOException {
    refuses(
        PublishRefusedException.class,
        with(
            version -> {
              List<ArchivedFile> files = new ArrayList<>();
              for (ArchivedFile file : version.files()) {
                if (file.name().equals(PeftFormat.TENSOR_FILE)) {
                  byte[] bytes = contentOf(file.digest()).clone();
                  ByteBuffer.wrap(bytes).putInt(bytes.length - 4, 0x0000c07f);
                  files.add(content(file.name(), bytes));
                } else {
                  files.add(file);
                }
              }
              return changed(version, Map.of(), files);
            }),
        "support@1",
        "adapter_model.safetensors");
  }

  @Test
  void refusesContentsThatWereChanged() throws IOException {
    for (String digest : List.copyOf(contents.keySet())) {
      byte[] good = contentOf(digest);
      byte[] bad = good.clone();
      bad[bad.length / 2] ^= 1;
      contents.put(digest, bad);
      refuses(DamagedStoreException.class, with(version -> version), "it was changed");
      contents.put(digest, good);
    }
  }

  @Test
  void refusesSignaturesOfSomethingElse() throws IOException {
    SigningKey key = SigningKey.create();
    ArchivedVersion version = document.versions().get(0);
    ArchivedSignature good = signature(version, "acme/support", key);
    store.importTenant(write(with(v -> signed(v, good))), ImportOptions.DEFAULTS.as("same"), ME);
    store.eraseTenant("same", ME);
    byte[] statement =
        SignedStatement.of(ArchivedRows.version(SUPPORT, version, 0), ArchivedRows.files(version));
    String otherType = Envelope.sign("text/plain", statement, key).json();
    String otherFiles =
        Envelope.sign(
                SignedStatement.PAYLOAD_TYPE,
                SignedStatement.of(ArchivedRows.version(SUPPORT, version, 0), List.of()),
                key)
            .json();
    for (ArchivedSignature bad :
        List.of(
            signature(version, "other/support", key),
            signature(version, "acme/sales", key),
            signature(key.id(), otherType, version),
            signature(key.id(), otherFiles, version))) {
      Path file = write(with(v -> signed(v, bad)));
      var problem =
          assertThrows(PublishRefusedException.class, () -> store.importTenant(file, AS_OTHER, ME));
      assertTrue(
          problem.toString().contains("over something else than acme/support"), problem.toString());
    }
  }

  /** A key that is not trusted cannot be told from another; one that is trusted can. */
  @Test
  void trustsNoSignatureThatOnlyNamesAKey() throws IOException {
    SigningKey key = SigningKey.create();
    ArchivedVersion version = document.versions().get(0);
    ArchivedSignature byOther = signature(version, "acme/support", SigningKey.create());
    String forged = byOther.envelope().replace(byOther.keyId(), key.id());
    Path file = write(with(v -> signed(v, signature(key.id(), forged, version))));
    try (AdapterStore there = AdapterStore.create(StoreLocation.directory(folder.resolve("b")))) {
      there.importTenant(file, ImportOptions.DEFAULTS, ME);
      AdapterReference reference = SUPPORT.version(1);
      assertFalse(there.signing().verify(reference, List.of(key.verifyingKey())).isTrusted());
      there.signing().trust("acme", key.verifyingKey(), ME);
      assertFalse(there.signing().of(reference).isTrusted());
      assertEquals(
          List.of(Finding.Kind.BAD_SIGNATURE),
          there.check(ME.dry()).findings().stream().map(Finding::kind).toList());
    }
    try (AdapterStore wary = AdapterStore.create(StoreLocation.directory(folder.resolve("c")))) {
      wary.createTenant("acme", Quota.NONE, ME);
      wary.signing().trust("acme", key.verifyingKey(), ME);
      var problem =
          assertThrows(
              PublishRefusedException.class,
              () -> wary.importTenant(file, ImportOptions.DEFAULTS, ME));
      assertTrue(problem.toString().contains("is not by that key"), problem.toString());
      assertEquals(List.of(), wary.adapters("acme"));
    }
  }

  /** One bit anywhere: the import throws, or nothing but the digest of the file differs. */
  @Test
  void neverTakesAnythingElseThanWhatWasExported() throws IOException {
    byte[] good = Files.readAllBytes(archive);
    Path flipped = folder.resolve("flipped.tar");
    Path again = folder.resolve("again.tar");
    Random random = new Random(5);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(flipped, bytes);
      String name = "copy" + round;
      try {
        store.importTenant(flipped, ImportOptions.DEFAULTS.as(name), ME);
      } catch (StoreException e) {
        refused++;
        continue;
      }
      store.exportTenant(name, again, ExportOptions.DEFAULTS.replacing(), ME);
      assertSameTenant(again);
    }
    assertTrue(refused > 200, () -> "only some were refused");
  }

  private void assertSameTenant(Path file) throws IOException {
    try (ArchiveReader reader = ArchiveReader.open(file)) {
      assertEquals(document.adapters(), reader.tenant().adapters());
      assertEquals(document.versions(), reader.tenant().versions());
      assertEquals(document.limits(), reader.tenant().limits());
      for (String digest : reader.contents().keySet()) {
        assertArrayEquals(
            contents.get(digest), Channels.newInputStream(reader.open(digest)).readAllBytes());
      }
    }
  }

  @Test
  void refusesAnAdapterThatDoesNotSayItsBase() throws IOException {
    Path folderOfOne = folder.resolve("one");
    new PeftFormat().write(adapter(3, GraftRecord.empty()), folderOfOne);
    refuses(
        PublishRefusedException.class,
        with(
            version -> {
              List<ArchivedFile> files = new ArrayList<>();
              for (String name : List.of(PeftFormat.CONFIG_FILE, PeftFormat.TENSOR_FILE)) {
                files.add(content(name, bytes(folderOfOne.resolve(name))));
              }
              files.add(
                  version.files().stream()
                      .filter(f -> f.name().equals(Manifest.FILE))
                      .findFirst()
                      .orElseThrow());
              return changed(version, Map.of(), files);
            }),
        "which base");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
