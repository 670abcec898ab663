package dev.graft.store.archive;

import dev.graft.files.Digests;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Collection;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes archives. Equal tenants, exported at the same time by the same author, give equal bytes:
 * entries carry neither owners nor times of their own.
 */
public final class ArchiveWriter {
  private static final int OWNER_ALONE = 0600;

  private ArchiveWriter() {}

  /** Takes content, part by part. */
  public interface Sink {
    void accept(ByteBuffer part) throws IOException;
  }

  /** Hands out content. */
  public interface Source {
    /** Hand out exactly the bytes of a file, checked. */
    void read(ArchivedFile file, Sink sink) throws IOException;
  }

  /**
   * What was written.
   *
   * @param digest of the whole file
   * @param sizeBytes its length
   */
  public record Written(String digest, long sizeBytes) {}

  /**
   * Write an archive.
   *
   * @param tenant the document; its digest is set here
   * @param source has the content of its files
   * @throws IllegalArgumentException if the document is none that {@link ArchiveReader} takes; the
   *     message begins with the place
   */
  public static Written write(ArchivedTenant tenant, WritableByteChannel out, Source source)
      throws IOException {
    Collection<ArchivedFile> contents = ArchiveCheck.contents(tenant).values();
    byte[] document = ArchiveJson.write(tenant);
    if (document.length > ArchiveJson.MAX_BYTES) {
      throw new IllegalArgumentException(
          "%s would have %d bytes, at most %d are read"
              .formatted(ArchiveNames.DOCUMENT, document.length, ArchiveJson.MAX_BYTES));
    }
    MessageDigest sha = Digests.sha256();
    OutputStream hashed = new DigestOutputStream(Channels.newOutputStream(out), sha);
    // Whoever opened the channel closes it.
    TarArchiveOutputStream tar = new TarArchiveOutputStream(hashed);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
    WritableByteChannel body = Channels.newChannel(tar);
    begin(tar, ArchiveNames.DOCUMENT, document.length, tenant.time());
    tar.write(document);
    tar.closeArchiveEntry();
    for (ArchivedFile file : contents) {
      begin(tar, ArchiveNames.ofContent(file.digest()), file.sizeBytes(), tenant.time());
      source.read(file, part -> writeFully(body, part));
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
    return new Written(Digests.text(sha), tar.getBytesWritten());
  }

  private static void begin(TarArchiveOutputStream tar, String name, long size, Instant time)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL);
    entry.setSize(size);
    entry.setMode(OWNER_ALONE);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setModTime(time.getEpochSecond() * 1000);
    tar.putArchiveEntry(entry);
  }

  private static void writeFully(WritableByteChannel out, ByteBuffer part) throws IOException {
    while (part.hasRemaining()) {
      out.write(part);
    }
  }
}
