package dev.graft.adapter.format;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One table in a FlatBuffers file that nobody vouches for.
 *
 * <p>Every position is checked before it is read, as the FlatBuffers verifier does: tables,
 * vtables, vectors and strings lie inside the file, are aligned, and fields lie inside their table.
 * FlatBuffers' own Java accessors check nothing.
 */
final class FlatBufferTable {
  private final Path path;
  private final ByteBuffer file;
  private final int position;
  private final int vtable;
  private final int vtableBytes;
  private final int tableBytes;

  private FlatBufferTable(Path path, ByteBuffer file, int position) throws AdapterFormatException {
    this.path = path;
    this.file = file;
    this.position = position;
    requireInside(position, 4, 4, "table");
    long vtablePosition = (long) position - file.getInt(position);
    this.vtable = requireInside(vtablePosition, 4, 2, "vtable");
    this.vtableBytes = Short.toUnsignedInt(file.getShort(vtable));
    this.tableBytes = Short.toUnsignedInt(file.getShort(vtable + 2));
    if (vtableBytes < 4 || vtableBytes % 2 != 0) {
      throw bad(vtable, "a vtable of %d bytes".formatted(vtableBytes));
    }
    requireInside(vtable, vtableBytes, 2, "vtable");
    if (tableBytes < 4) {
      throw bad(vtable + 2, "a table of %d bytes".formatted(tableBytes));
    }
    requireInside(position, tableBytes, 4, "table");
  }

  /** The root table of a file whose first four bytes are its offset. */
  static FlatBufferTable root(Path path, ByteBuffer file) throws AdapterFormatException {
    return new FlatBufferTable(path, file, at(path, file, 0));
  }

  /** Follow the unsigned offset stored at {@code from}, which must lie inside the file. */
  private static int at(Path path, ByteBuffer file, int from) throws AdapterFormatException {
    long target = from + Integer.toUnsignedLong(file.getInt(from));
    if (target <= from || target > file.limit() - 4) {
      throw new AdapterFormatException(
          path,
          "byte " + from,
          "an offset to byte %d, outside the file's %d bytes".formatted(target, file.limit()));
    }
    return (int) target;
  }

  /** Where this table lies, for messages. */
  int position() {
    return position;
  }

  int intField(int slot, int whenMissing) throws AdapterFormatException {
    int at = field(slot, Integer.BYTES);
    return at == 0 ? whenMissing : file.getInt(at);
  }

  String stringField(int slot, String what) throws AdapterFormatException {
    Slice slice = vector(slot, 1, what);
    // The verifier wants the zero byte that C++ readers rely on.
    if (slice.end() >= file.limit() || file.get((int) slice.end()) != 0) {
      throw bad(slice.start(), what + " is not terminated by a zero byte");
    }
    ByteBuffer bytes = file.slice(slice.start(), slice.count());
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException e) {
      throw new AdapterFormatException(
          path, "byte " + slice.start(), what + " is not valid UTF-8", e);
    }
  }

  /** Where a vector's elements lie; it must be there. */
  Slice vector(int slot, int elementBytes, String what) throws AdapterFormatException {
    int at = field(slot, Integer.BYTES);
    if (at == 0) {
      throw bad(position, what + " is missing");
    }
    int start = at(path, file, at);
    requireInside(start, 4, 4, what);
    long count = Integer.toUnsignedLong(file.getInt(start));
    if (count * elementBytes > file.limit() - (start + 4L)) {
      throw bad(
          start,
          "%s has %d elements of %d bytes, beyond the file's end"
              .formatted(what, count, elementBytes));
    }
    Slice slice = new Slice(start + 4, (int) count, elementBytes);
    requireInside(slice.start(), 0, elementBytes, what);
    return slice;
  }

  /** The table that element {@code index} of a vector of tables points to. */
  FlatBufferTable tableAt(Slice tables, int index) throws AdapterFormatException {
    return new FlatBufferTable(path, file, at(path, file, tables.start() + index * Integer.BYTES));
  }

  private int field(int slot, int bytes) throws AdapterFormatException {
    int entry = 4 + 2 * slot;
    if (entry + 2 > vtableBytes) {
      return 0;
    }
    int offset = Short.toUnsignedInt(file.getShort(vtable + entry));
    if (offset == 0) {
      return 0;
    }
    if (offset < 4 || offset + bytes > tableBytes) {
      throw bad(vtable + entry, "field %d lies outside its table".formatted(slot));
    }
    return requireInside((long) position + offset, bytes, bytes, "field");
  }

  private int requireInside(long start, long bytes, int alignment, String what)
      throws AdapterFormatException {
    if (start < 0 || start > file.limit() - bytes) {
      throw bad(
          start, "%s of %d bytes lies outside the file's %d".formatted(what, bytes, file.limit()));
    }
    if (start % alignment != 0) {
      throw bad(start, "%s is not aligned to %d bytes".formatted(what, alignment));
    }
    return (int) start;
  }

  private AdapterFormatException bad(long at, String problem) {
    return new AdapterFormatException(path, "byte " + at, problem);
  }

  /**
   * The elements of a vector.
   *
   * @param start position of the first
   * @param count how many
   * @param elementBytes bytes of each
   */
  record Slice(int start, int count, int elementBytes) {
    long end() {
      return start + (long) count * elementBytes;
    }
  }
}
