package dev.graft.store.archive;

import dev.graft.files.Digests;
import dev.graft.signing.Envelope;
import dev.graft.signing.SigningKey;
import dev.graft.store.archive.ArchivedAdapter.ArchivedAlias;
import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.archive.ArchivedVersion.ArchivedParent;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/** A small archive, and the bytes of a tar by hand. */
final class ArchiveSamples {
  static final Instant TIME = Instant.parse("2026-11-25T15:02:11.123Z");
  static final byte[] CONTENT = "some content".getBytes(StandardCharsets.UTF_8);
  static final String DIGEST = Digests.ofBytes(CONTENT);
  static final SigningKey KEY = SigningKey.create();
  static final String BASE = "sha256:" + "ab".repeat(32);

  private ArchiveSamples() {}

  static ArchivedTenant tenant() {
    return tenant(
        List.of(adapter(4, moves())),
        List.of(version(1, List.of(), List.of(signature(KEY))), version(3, parents())));
  }

  static ArchivedTenant tenant(List<ArchivedAdapter> adapters, List<ArchivedVersion> versions) {
    return new ArchivedTenant(
        1, "", "store-1", "acme", TIME, "ann", "moving", false, 1000L, null, adapters, versions);
  }

  static ArchivedAdapter adapter(int nextVersion, List<ArchivedMove> moves) {
    return new ArchivedAdapter(
        "support", BASE, BASE, nextVersion, List.of(new ArchivedAlias("prod", moves)));
  }

  static List<ArchivedMove> moves() {
    return List.of(
        new ArchivedMove(1, "promote", 1, null, "ann", TIME, ""),
        new ArchivedMove(2, "promote", 3, 1, "bob", TIME, "better"),
        new ArchivedMove(3, "rollback", 1, null, "bob", TIME, "worse"));
  }

  static List<ArchivedParent> parents() {
    return List.of(new ArchivedParent("support", 1, "merged", -0.5));
  }

  static ArchivedVersion version(int number, List<ArchivedParent> parents) {
    return version(number, parents, List.of());
  }

  static ArchivedVersion version(
      int number, List<ArchivedParent> parents, List<ArchivedSignature> signatures) {
    return new ArchivedVersion(
        "support",
        number,
        "active",
        BASE,
        BASE,
        BASE,
        BASE,
        "LORA",
        2,
        CONTENT.length,
        new TreeMap<>(),
        "ann",
        TIME,
        "",
        List.of("golden"),
        parents,
        0,
        List.of(new ArchivedFile("manifest.json", DIGEST, CONTENT.length)),
        signatures);
  }

  static ArchivedSignature signature(SigningKey key) {
    return new ArchivedSignature(
        key.id(), Envelope.sign("text/plain", CONTENT, key).json(), "ann", TIME);
  }

  static byte[] archive(ArchivedTenant tenant) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.write(
        tenant, Channels.newChannel(out), (file, sink) -> sink.accept(ByteBuffer.wrap(CONTENT)));
    return out.toByteArray();
  }
}
