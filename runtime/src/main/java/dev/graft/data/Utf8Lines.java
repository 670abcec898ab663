package dev.graft.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a UTF-8 file, decoded strictly one by one so that a wrong byte is found at its line.
 */
final class Utf8Lines implements Closeable {
  /** No text is that long; a file without line ends is, and should not fill the memory. */
  private static final int MAX_LINE_BYTES = 64 << 20;

  private final Path file;
  private final InputStream in;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private long line;

  Utf8Lines(Path file) throws IOException {
    this.file = file;
    this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
  }

  /** The number of the line returned last, from 1. */
  long line() {
    return line;
  }

  /**
   * The next line without its line feed (a carriage return before it stays), or null at the end.
   */
  @Nullable String next() throws IOException {
    pending.reset();
    int b = in.read();
    if (b < 0) {
      return null;
    }
    line++;
    for (; b >= 0 && b != '\n'; b = in.read()) {
      if (pending.size() == MAX_LINE_BYTES) {
        throw DataException.at(file, line, "line is longer than 64 MiB, expected one row a line");
      }
      pending.write(b);
    }
    return decode(pending.toByteArray());
  }

  private String decode(byte[] bytes) throws DataException {
    if (line == 1
        && bytes.length > 1
        && ((bytes[0] & 0xFF) ^ (bytes[1] & 0xFF)) == 1
        && (bytes[0] & 0xFE) == 0xFE) {
      throw DataException.at(file, 1, "file is UTF-16, expected UTF-8; save it as UTF-8");
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      return line == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw DataException.at(
          file,
          line,
          "bytes are not UTF-8 (perhaps Latin-1 or Windows-1252); save the file as UTF-8",
          e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
