package dev.graft.store.archive;

import dev.graft.files.Digests;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.Names;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.utils.BoundedSeekableByteChannelInputStream;

/**
 * An archive that is open for reading. What opening checks: the file is a plain tar; it has the
 * document and the contents that the document refers to, in order and nothing else; and the
 * document makes sense. Contents are hashed by whoever reads them. Used by one thread, which closes
 * it.
 */
public final class ArchiveReader implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final ArchivedTenant tenant;
  private final SortedMap<String, ArchivedFile> contents;
  private final Map<String, TarEntries.Entry> entries;
  private final String digest;

  private ArchiveReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    List<TarEntries.Entry> found = TarEntries.of(channel, file);
    if (found.isEmpty() || !found.get(0).name().equals(ArchiveNames.DOCUMENT)) {
      throw bad(
          "it does not begin with %s%s"
              .formatted(
                  ArchiveNames.DOCUMENT,
                  found.isEmpty() ? "" : " but with " + Names.quote(found.get(0).name())));
    }
    try {
      this.tenant = ArchiveJson.read(document(found.get(0)));
      this.contents = ArchiveCheck.contents(tenant);
    } catch (IllegalArgumentException e) {
      throw new StoreFormatException(
          "%s: %s: %s; export it again, or use the Graft that wrote it"
              .formatted(file, ArchiveNames.DOCUMENT, e.getMessage()),
          e);
    }
    this.entries = matched(found.subList(1, found.size()));
    this.digest = digestOfAll();
  }

  /**
   * Open an archive and check it.
   *
   * @throws NotInStoreException if there is no such file
   * @throws StoreFormatException if it is none, or of another format
   * @throws DamagedStoreException if it is cut
   * @throws StoreUnavailableException if it cannot be read
   */
  public static ArchiveReader open(Path file) throws StoreException {
    try {
      // Opening a pipe would wait for its writer.
      if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
        throw new StoreFormatException(
            "%s: it is no regular file; give the file of an archive".formatted(file));
      }
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return new ArchiveReader(file, channel);
      } catch (IOException | RuntimeException e) {
        closeAfter(channel, e);
        throw e;
      }
    } catch (StoreException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new NotInStoreException("there is no archive %s; check the path".formatted(file));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static void closeAfter(FileChannel channel, Exception reason) {
    try {
      channel.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private byte[] document(TarEntries.Entry entry) throws IOException {
    if (entry.sizeBytes() > ArchiveJson.MAX_BYTES) {
      throw bad(
          "%s has %d bytes, at most %d are read"
              .formatted(ArchiveNames.DOCUMENT, entry.sizeBytes(), ArchiveJson.MAX_BYTES));
    }
    return content(entry).readAllBytes();
  }

  /** The entries by digest, which must be those of the document, in its order. */
  private Map<String, TarEntries.Entry> matched(List<TarEntries.Entry> found)
      throws StoreFormatException {
    Map<String, TarEntries.Entry> matched = new TreeMap<>();
    int at = 0;
    for (ArchivedFile content : contents.values()) {
      String expected = ArchiveNames.ofContent(content.digest());
      if (at == found.size()) {
        throw bad("entry %s is missing".formatted(expected));
      }
      TarEntries.Entry entry = found.get(at++);
      if (!entry.name().equals(expected)) {
        throw bad(
            "found entry %s where %s belongs%s"
                .formatted(Names.quote(entry.name()), expected, suspicion(entry.name())));
      }
      if (entry.sizeBytes() != content.sizeBytes()) {
        throw bad(
            "entry %s has %d bytes, its document says %d"
                .formatted(expected, entry.sizeBytes(), content.sizeBytes()));
      }
      matched.put(content.digest(), entry);
    }
    if (at < found.size()) {
      String name = found.get(at).name();
      throw bad("entry %s does not belong to it%s".formatted(Names.quote(name), suspicion(name)));
    }
    return matched;
  }

  private static String suspicion(String name) {
    boolean leaves =
        name.startsWith("/") || name.contains("\\") || List.of(name.split("/", -1)).contains("..");
    return leaves ? ", a name that leads out of the archive" : "";
  }

  private String digestOfAll() throws IOException {
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (long at = 0; ; ) {
      int count = channel.read(chunk.clear(), at);
      if (count < 0) {
        return Digests.text(sha);
      }
      sha.update(chunk.flip());
      at += count;
    }
  }

  /** What the archive says. */
  public ArchivedTenant tenant() {
    return tenant;
  }

  /** The digest of the whole file. */
  public String digest() {
    return digest;
  }

  /** The contents that versions refer to, each once, by digest. */
  public SortedMap<String, ArchivedFile> contents() {
    return contents;
  }

  /**
   * A content, to be read once and hashed: it may be another than its digest says.
   *
   * @param ofDigest one of {@link #contents}
   */
  public ReadableByteChannel open(String ofDigest) {
    TarEntries.Entry entry = entries.get(ofDigest);
    if (entry == null) {
      throw new IllegalArgumentException("the archive has no content " + ofDigest);
    }
    return Channels.newChannel(content(entry));
  }

  private BoundedSeekableByteChannelInputStream content(TarEntries.Entry entry) {
    return new BoundedSeekableByteChannelInputStream(entry.offset(), entry.sizeBytes(), channel);
  }

  /** The failure of a content that is not what its digest says. */
  public DamagedStoreException changed(String expected, String found) {
    return new DamagedStoreException(
        "%s: the content of %s has digest %s: it was changed; copy or export the archive again"
            .formatted(file, ArchiveNames.ofContent(expected), found));
  }

  /** Where it is. */
  public Path file() {
    return file;
  }

  private static StoreUnavailableException unreadable(Path file, IOException reason) {
    return new StoreUnavailableException(
        "cannot read the archive %s: %s; check that it may be read and that its disk is sound"
            .formatted(file, reason),
        reason);
  }

  private StoreFormatException bad(String problem) {
    return new StoreFormatException(
        "%s: %s; give an archive as graft adapters export wrote it".formatted(file, problem));
  }

  @Override
  public void close() throws StoreUnavailableException {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }
}
