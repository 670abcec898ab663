package dev.graft.store.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import javax.crypto.AEADBadTagException;

/** Gives the bytes of an encrypted blob, reading its content on the way. */
final class SealingChannel implements ReadableByteChannel {
  private final ReadableByteChannel content;
  private final SegmentCipher cipher;
  private final ByteBuffer plain = ByteBuffer.allocate(SegmentCipher.SEGMENT_BYTES);
  private final ByteBuffer sealed =
      ByteBuffer.allocate(SegmentCipher.SEGMENT_BYTES + SegmentCipher.TAG_BYTES);
  private long left;
  private boolean ended;
  private boolean open = true;

  SealingChannel(DataKey key, BlobHeader header, long contentBytes, ReadableByteChannel content) {
    this.content = content;
    this.cipher = SegmentCipher.encrypting(key, header);
    this.left = contentBytes;
    sealed.put(header.bytes()).flip();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!sealed.hasRemaining()) {
      if (ended) {
        return -1;
      }
      sealNext();
    }
    int count = Math.min(target.remaining(), sealed.remaining());
    target.put(sealed.slice(sealed.position(), count));
    sealed.position(sealed.position() + count);
    return count;
  }

  private void sealNext() throws IOException {
    int size = (int) Math.min(left, SegmentCipher.SEGMENT_BYTES);
    fill(plain.clear().limit(size));
    left -= size;
    ended = left == 0;
    if (ended) {
      requireEnd();
    }
    try {
      cipher.next(ended, plain.flip(), sealed.clear());
    } catch (AEADBadTagException e) {
      throw new IllegalStateException("encryption checks no tag", e);
    }
    sealed.flip();
  }

  private void fill(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (content.read(target) < 0) {
        throw new IOException("the content ended early; it changed while it was stored");
      }
    }
  }

  private void requireEnd() throws IOException {
    if (content.read(ByteBuffer.allocate(1)) >= 0) {
      throw new IOException("the content did not end; it changed while it was stored");
    }
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    content.close();
  }
}
