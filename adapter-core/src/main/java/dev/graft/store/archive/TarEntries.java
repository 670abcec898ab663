package dev.graft.store.archive;

import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.Names;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a tar file. Headers are taken as they stand: what would give another entry a name,
 * a size or holes, as pax headers and the extensions of GNU and BSD do, is refused like links and
 * devices, so every byte of the file is the content of a plain file, or padding of zeros.
 */
final class TarEntries {
  private static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;
  private static final int MAX_PADDING = 2 * TarConstants.DEFAULT_BLKSIZE;
  private static final int MAX_ENTRIES = 4 * ArchiveCheck.MAX_VERSIONS + 1;
  private static final ZipEncoding ENCODING = ZipEncodingHelper.getZipEncoding("UTF-8");
  private static final Map<Byte, String> KINDS =
      Map.ofEntries(
          Map.entry(TarConstants.LF_LINK, "a hard link"),
          Map.entry(TarConstants.LF_SYMLINK, "a symbolic link"),
          Map.entry(TarConstants.LF_CHR, "a device"),
          Map.entry(TarConstants.LF_BLK, "a device"),
          Map.entry(TarConstants.LF_DIR, "a directory"),
          Map.entry(TarConstants.LF_FIFO, "a pipe"),
          Map.entry(TarConstants.LF_GNUTYPE_SPARSE, "a sparse file"),
          Map.entry(TarConstants.LF_GNUTYPE_LONGNAME, "a long name of another entry"),
          Map.entry(TarConstants.LF_GNUTYPE_LONGLINK, "a long name of another entry"),
          Map.entry(TarConstants.LF_PAX_EXTENDED_HEADER_LC, "a pax header"),
          Map.entry(TarConstants.LF_PAX_EXTENDED_HEADER_UC, "a pax header"),
          Map.entry(TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER, "a pax header"));
  private static final Map<String, String> COMPRESSED =
      Map.of(
          "1f8b", "gzip",
          "504b0304", "zip",
          "28b52ffd", "zstd",
          "fd377a58", "xz",
          "425a68", "bzip2",
          "377abcaf", "7z");

  private final FileChannel channel;
  private final Path file;
  private final long end;

  private TarEntries(FileChannel channel, Path file) throws IOException {
    this.channel = channel;
    this.file = file;
    this.end = channel.size();
  }

  /**
   * An entry.
   *
   * @param name its name, not yet trusted
   * @param offset where its content begins
   * @param sizeBytes the length of its content, which lies inside the file
   */
  record Entry(String name, long offset, long sizeBytes) {}

  /**
   * Find all entries.
   *
   * @throws StoreFormatException if the file is no plain tar of regular files
   * @throws DamagedStoreException if it is cut or changed
   */
  static List<Entry> of(FileChannel channel, Path file) throws IOException {
    return new TarEntries(channel, file).read();
  }

  private List<Entry> read() throws IOException {
    List<Entry> entries = new ArrayList<>();
    long position = 0;
    byte[] header = block(position);
    refuseCompressed(header);
    while (!isZero(header)) {
      Entry entry = entry(header, position);
      entries.add(entry);
      if (entries.size() > MAX_ENTRIES) {
        throw bad("it has more than %d entries".formatted(MAX_ENTRIES));
      }
      position = afterPadding(entry);
      header = block(position);
    }
    requireEnd(position);
    return entries;
  }

  private byte[] block(long position) throws IOException {
    byte[] bytes = new byte[BLOCK];
    readFully(position, bytes);
    return bytes;
  }

  private void readFully(long position, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw cut("at byte %d".formatted(end));
      }
    }
  }

  private static boolean isZero(byte[] bytes) {
    for (byte each : bytes) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  private void refuseCompressed(byte[] header) throws StoreFormatException {
    StringBuilder start = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      start.append("%02x".formatted(header[i]));
    }
    for (Map.Entry<String, String> kind : COMPRESSED.entrySet()) {
      if (start.toString().startsWith(kind.getKey())) {
        throw new StoreFormatException(
            "%s: this is %s; decompress it first, since how large it becomes cannot be known before"
                .formatted(file, kind.getValue()));
      }
    }
  }

  private Entry entry(byte[] header, long position) throws StoreException {
    if (!TarUtils.verifyCheckSum(header)) {
      throw badHeader(position, null);
    }
    TarArchiveEntry entry;
    try {
      entry = new TarArchiveEntry(header, ENCODING, false);
    } catch (IOException | IllegalArgumentException e) {
      throw badHeader(position, e);
    }
    if (entry.getSize() < 0) {
      throw badHeader(position, null);
    }
    byte flag = entry.getLinkFlag();
    String where = "entry %s at byte %d".formatted(Names.quote(entry.getName()), position);
    if (flag != TarConstants.LF_NORMAL && flag != TarConstants.LF_OLDNORM) {
      throw bad(
          "%s is %s, and an archive has nothing but regular files"
              .formatted(where, KINDS.getOrDefault(flag, "of the unknown kind " + flag)));
    }
    long offset = position + BLOCK;
    if (entry.getSize() > end - offset) {
      throw cut(
          "%s has %d bytes by its header, the file only %d more"
              .formatted(where, entry.getSize(), Math.max(0, end - offset)));
    }
    return new Entry(entry.getName(), offset, entry.getSize());
  }

  private long afterPadding(Entry entry) throws IOException {
    long last = entry.offset() + entry.sizeBytes();
    int padding = (int) ((BLOCK - last % BLOCK) % BLOCK);
    requireZero(last, padding, "after entry %s".formatted(Names.quote(entry.name())));
    return last + padding;
  }

  /** Two blocks of zeros, which writers fill up to a multiple of their own. */
  private void requireEnd(long position) throws IOException {
    long rest = end - position;
    if (rest < 2 * BLOCK) {
      throw cut("it has one of the two blocks of zeros at its end");
    }
    if (rest > MAX_PADDING) {
      throw bad("%d bytes follow its end at byte %d".formatted(rest, position));
    }
    requireZero(position, (int) rest, "after its end at byte %d".formatted(position));
  }

  private void requireZero(long position, int count, String where) throws IOException {
    byte[] bytes = new byte[count];
    readFully(position, bytes);
    if (!isZero(bytes)) {
      throw bad("there is something " + where);
    }
  }

  private StoreFormatException badHeader(long position, @Nullable Throwable cause) {
    return new StoreFormatException(
        position == 0
            ? "%s: it is no tar file; give an archive that graft adapters export wrote"
                .formatted(file)
            : "%s: the header at byte %d is damaged; copy or export the archive again"
                .formatted(file, position),
        cause);
  }

  private StoreFormatException bad(String problem) {
    return new StoreFormatException(
        "%s: %s; give an archive as graft adapters export wrote it".formatted(file, problem));
  }

  private DamagedStoreException cut(String problem) {
    return new DamagedStoreException(
        "%s: it ends too early: %s; copy or export the archive again".formatted(file, problem));
  }
}
