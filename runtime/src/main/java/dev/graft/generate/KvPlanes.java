package dev.graft.generate;

import dev.graft.ort.ElementType;
import dev.graft.ort.NativeTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory for one state of a cache: a buffer per tensor, of which a state uses the beginning. Grows
 * when it must; what was in it is lost then.
 */
final class KvPlanes {
  private static final long FEWEST_CELLS = 64;

  private final KvLayout layout;
  private final List<ByteBuffer> buffers = new ArrayList<>();
  private long capacity;

  KvPlanes(KvLayout layout) {
    this.layout = layout;
  }

  /** Makes room for so many cells, and for some more if it has to grow. */
  void reserve(long cells) {
    if (cells <= capacity) {
      return;
    }
    buffers.clear();
    capacity = 0;
    long roomy = Math.max(FEWEST_CELLS, cells + cells / 2);
    long cellsOfRoom = Math.max(cells, Math.min(roomy, Integer.MAX_VALUE / layout.bytesPerCell()));
    int bytes = Math.toIntExact(cellsOfRoom * layout.bytesPerCell());
    for (int i = 0; i < layout.count(); i++) {
      buffers.add(ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
    }
    capacity = cellsOfRoom;
  }

  /** Whether so many cells need no other memory. */
  boolean hasRoomFor(long cells) {
    return cells <= capacity;
  }

  /** A state's tensors by these names, in place; the caller closes them. */
  Map<String, NativeTensor> tensors(List<String> names, int rows, int columns) {
    Map<String, NativeTensor> tensors = new LinkedHashMap<>();
    int bytes = Math.toIntExact(layout.bytesPerCell() * rows * columns);
    boolean complete = false;
    try {
      for (int i = 0; i < names.size(); i++) {
        ByteBuffer part = buffers.get(i).slice(0, bytes);
        tensors.put(
            names.get(i),
            NativeTensor.wrap(
                part, ElementType.FLOAT, rows, layout.heads(), columns, layout.features()));
      }
      complete = true;
      return tensors;
    } finally {
      if (!complete) {
        tensors.values().forEach(NativeTensor::close);
      }
    }
  }

  /** A row of a state with so many columns. */
  record Row(int index, int columns) {}

  /**
   * Copies the filled cells of a row of a state into a row of this one, side by side.
   *
   * @param first the column of the first cell
   * @param from the other state, or this one if it is another row
   * @param filled the row's cells that hold a token
   */
  void copyRow(Row to, int first, KvPlanes from, Row source, BitSet filled) {
    for (int tensor = 0; tensor < layout.count(); tensor++) {
      FloatBuffer in = from.buffers.get(tensor).asFloatBuffer();
      FloatBuffer out = buffers.get(tensor).asFloatBuffer();
      for (int head = 0; head < layout.heads(); head++) {
        int column = first;
        for (int begin = filled.nextSetBit(0); begin >= 0; ) {
          int end = filled.nextClearBit(begin);
          int length = (end - begin) * layout.features();
          out.put(offset(to, head, column), in, offset(source, head, begin), length);
          column += end - begin;
          begin = filled.nextSetBit(end);
        }
      }
    }
  }

  /** Copies a prefix's keys and values {@code [K, virtual, D]} into a row. */
  void copyPrefix(Row to, int first, List<NativeTensor> prefix, int virtual) {
    int length = virtual * layout.features();
    for (int tensor = 0; tensor < layout.count(); tensor++) {
      FloatBuffer in = prefix.get(tensor).floatBuffer();
      FloatBuffer out = buffers.get(tensor).asFloatBuffer();
      for (int head = 0; head < layout.heads(); head++) {
        out.put(offset(to, head, first), in, head * length, length);
      }
    }
  }

  private int offset(Row row, int head, int column) {
    long cells = ((long) row.index() * layout.heads() + head) * row.columns() + column;
    return Math.toIntExact(cells * layout.features());
  }
}
