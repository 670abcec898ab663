package dev.graft.store.keys;

import dev.graft.store.model.DamagedStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/** Decrypts a blob that comes in parts of any size. For one thread. */
public final class OpeningBlob {
  /** Takes the content, part by part. */
  public interface Sink {
    void accept(ByteBuffer part) throws IOException;
  }

  private final DataKey key;
  private final Sink sink;
  private final ByteBuffer head = ByteBuffer.allocate(BlobHeader.BYTES);
  private final ByteBuffer sealed =
      ByteBuffer.allocate(SegmentCipher.SEGMENT_BYTES + SegmentCipher.TAG_BYTES);
  private final ByteBuffer plain = ByteBuffer.allocate(SegmentCipher.SEGMENT_BYTES);
  private @Nullable SegmentCipher cipher;

  OpeningBlob(DataKey key, Sink sink) {
    this.key = key;
    this.sink = sink;
  }

  /** Take the next bytes of the blob. */
  public void accept(ByteBuffer part) throws IOException {
    move(part, head);
    if (head.hasRemaining()) {
      return;
    }
    if (cipher == null) {
      cipher = start(BlobHeader.read(head.flip()));
    }
    while (part.hasRemaining()) {
      // A full segment is the last one unless a byte follows.
      if (!sealed.hasRemaining()) {
        openSegment(cipher, false);
      }
      move(part, sealed);
    }
  }

  private static void move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    to.put(from.slice(from.position(), count));
    from.position(from.position() + count);
  }

  private SegmentCipher start(BlobHeader header) throws DamagedStoreException {
    if (!header.keyId().equals(key.id())) {
      throw BlobHeader.damaged(
          "it names key %s, the index says %s".formatted(header.keyId(), key.id()));
    }
    return SegmentCipher.decrypting(key, header);
  }

  private void openSegment(SegmentCipher opener, boolean last) throws IOException {
    try {
      opener.next(last, sealed.flip(), plain.clear());
    } catch (AEADBadTagException e) {
      throw BlobHeader.damaged("a part of it is not what was encrypted", e);
    }
    sealed.clear();
    sink.accept(plain.flip());
  }

  /**
   * Say that the blob has ended.
   *
   * @throws DamagedStoreException if its end is missing or changed
   */
  public void finish() throws IOException {
    SegmentCipher opener = cipher;
    if (opener == null || sealed.position() < SegmentCipher.TAG_BYTES) {
      throw BlobHeader.damaged("its end is missing");
    }
    openSegment(opener, true);
  }
}
