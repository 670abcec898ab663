package dev.graft.store.blob;

import dev.graft.files.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.security.MessageDigest;

/** The content of a blob on its way into a store: a new file, hashed while it is written. */
final class IncomingBlob {
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int MAX_EMPTY_WRITES = 100;

  private IncomingBlob() {}

  /** The source of a blob failed, not the store. */
  static final class ContentFailure extends Exception {
    private final transient IOException reason;

    ContentFailure(IOException reason) {
      super(reason);
      this.reason = reason;
    }

    IOException reason() {
      return reason;
    }
  }

  /** Write all that a channel gives to a file that must not exist, and force it to the disk. */
  static Blob write(ReadableByteChannel content, Path part, BlobFiles files)
      throws IOException, ContentFailure {
    MessageDigest sha = Digests.sha256();
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long size = 0;
    try (BlobFiles.Output output = files.create(part)) {
      while (next(content, chunk.clear())) {
        chunk.flip();
        size += chunk.remaining();
        sha.update(chunk.duplicate());
        writeFully(output, chunk);
      }
      output.force();
    }
    return new Blob(Digests.text(sha), size);
  }

  private static boolean next(ReadableByteChannel content, ByteBuffer chunk) throws ContentFailure {
    try {
      return content.read(chunk) >= 0;
    } catch (IOException e) {
      throw new ContentFailure(e);
    }
  }

  private static void writeFully(BlobFiles.Output output, ByteBuffer bytes) throws IOException {
    int empty = 0;
    while (bytes.hasRemaining()) {
      empty = output.write(bytes) > 0 ? 0 : empty + 1;
      if (empty > MAX_EMPTY_WRITES) {
        throw new IOException("the disk takes no more bytes");
      }
    }
  }
}
