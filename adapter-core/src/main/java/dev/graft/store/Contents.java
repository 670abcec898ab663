package dev.graft.store;

import dev.graft.files.Digests;
import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.keys.DataKey;
import dev.graft.store.keys.KeyProvider;
import dev.graft.store.keys.OpeningBlob;
import dev.graft.store.keys.SealedBlob;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.VersionFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The content of versions' files, in blobs that a tenant's key encrypts where it has one. */
final class Contents {
  private static final int CHUNK_BYTES = 1 << 18;

  private final BlobStore blobs;
  private final Optional<KeyProvider> keys;

  Contents(BlobStore blobs, Optional<KeyProvider> keys) {
    this.blobs = blobs;
    this.keys = keys;
  }

  /** Bytes that can be read more than once. */
  record Source(String where, Opening opening) {
    /** Starts to read them. */
    interface Opening {
      ReadableByteChannel open() throws IOException;
    }

    static Source of(Path file) {
      return new Source(file.toString(), () -> FileChannel.open(file, StandardOpenOption.READ));
    }

    static Source of(byte[] bytes) {
      return new Source("memory", () -> Channels.newChannel(new ByteArrayInputStream(bytes)));
    }

    private ReadableByteChannel open() throws IOException {
      return opening.open();
    }

    private StoreUnavailableException unreadable(IOException reason) {
      return new StoreUnavailableException(
          "cannot read %s to store it: %s; check that the disk is sound, then try again"
              .formatted(where, reason),
          reason);
    }
  }

  /** Where keys are kept; without such a place nothing is encrypted or decrypted. */
  KeyProvider keys(String tenant) throws KeyUnavailableException {
    return keys.orElseThrow(
        () ->
            new KeyUnavailableException(
                "tenant \"%s\" is encrypted and no keys were given; give --keys DIR or set GRAFT_KEYS"
                    .formatted(tenant)));
  }

  Optional<KeyProvider> keys() {
    return keys;
  }

  /** The key with an id; none for an empty id. */
  Optional<DataKey> key(String tenant, String keyId) throws StoreException {
    if (keyId.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(keys(tenant).get(tenant, keyId));
    } catch (IllegalArgumentException e) {
      throw new DamagedStoreException(
          "the index names a key of tenant \"%s\" that cannot be: %s; restore the index from a backup"
              .formatted(tenant, e.getMessage()),
          e);
    }
  }

  /**
   * Store a file.
   *
   * @throws StoreUnavailableException if it cannot be read, or not be stored
   */
  VersionFile put(String name, Source content, Optional<DataKey> key) throws StoreException {
    try {
      return putOrFail(name, content, key);
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw content.unreadable(e);
    }
  }

  private VersionFile putOrFail(String name, Source content, Optional<DataKey> key)
      throws IOException {
    if (key.isEmpty()) {
      try (ReadableByteChannel channel = content.open()) {
        Blob blob = blobs.put(channel);
        return VersionFile.plain(name, blob.digest(), blob.sizeBytes());
      }
    }
    MessageDigest sha = Digests.sha256();
    long size = hash(content, sha);
    byte[] digest = sha.digest();
    try (ReadableByteChannel sealed = SealedBlob.seal(key.get(), digest, size, content.open())) {
      Blob blob = blobs.put(sealed);
      return new VersionFile(
          name, Digests.text(digest), size, blob.digest(), blob.sizeBytes(), key.get().id());
    }
  }

  /** What {@link #put} would return, but for the digest of an encrypted blob. */
  VersionFile plan(String name, Source content, Optional<DataKey> key) throws StoreException {
    MessageDigest sha = Digests.sha256();
    long size;
    try {
      size = hash(content, sha);
    } catch (IOException e) {
      throw content.unreadable(e);
    }
    String digest = Digests.text(sha);
    return key.isEmpty()
        ? VersionFile.plain(name, digest, size)
        : new VersionFile(name, digest, size, digest, SealedBlob.sizeOf(size), key.get().id());
  }

  private static long hash(Source content, MessageDigest sha) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long size = 0;
    try (ReadableByteChannel channel = content.open()) {
      while (channel.read(chunk.clear()) >= 0) {
        chunk.flip();
        size += chunk.remaining();
        sha.update(chunk);
      }
    }
    return size;
  }

  /**
   * Hand out the content of a file, checking its digest on the way.
   *
   * @throws DamagedStoreException if it is missing or not what was written; what the sink was given
   *     must not be used then
   * @throws KeyUnavailableException if its key is not there
   */
  void read(String tenant, VersionFile file, BlobStore.Sink sink) throws IOException {
    Optional<DataKey> key = key(tenant, file.keyId());
    if (key.isEmpty()) {
      if (!file.isConsistent()) {
        throw new DamagedStoreException(
            "the index is damaged: it says that blob %s is %s, which no key encrypts; run fsck"
                .formatted(file.blob(), file.digest()));
      }
      blobs.read(file.blob(), sink);
      return;
    }
    MessageDigest sha = Digests.sha256();
    OpeningBlob opening =
        SealedBlob.open(
            key.get(),
            part -> {
              sha.update(part.duplicate());
              sink.accept(part);
            });
    blobs.read(file.blob(), opening::accept);
    opening.finish();
    String found = Digests.text(sha);
    if (!found.equals(file.digest())) {
      throw new DamagedStoreException(
          "blob %s holds content of digest %s, the index says %s; run fsck"
              .formatted(file.blob(), found, file.digest()));
    }
  }

  /** The content of a file, into memory. */
  byte[] bytes(String tenant, VersionFile file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WritableByteChannel sink = Channels.newChannel(bytes);
    read(tenant, file, sink::write);
    return bytes.toByteArray();
  }

  /** Whether the blob of a file is there, as long as it was. */
  boolean isThere(VersionFile file) throws IOException {
    return blobs.size(file.blob()).orElse(-1) == file.blobBytes();
  }

  /** Those files whose blobs are not there, or not as long as they were. */
  Set<VersionFile> missing(Collection<VersionFile> files) throws IOException {
    Set<String> wanted = new HashSet<>();
    files.forEach(file -> wanted.add(file.blob()));
    Map<String, Long> sizes = blobs.sizes(wanted);
    Set<VersionFile> missing = new HashSet<>(files);
    missing.removeIf(file -> sizes.getOrDefault(file.blob(), -1L) == file.blobBytes());
    return missing;
  }
}
