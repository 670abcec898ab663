package dev.graft.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on a {@link FaultyDisk}, and when: the n-th of the operations that a kind of
 * fault can meet fails, and with some kinds all that follow. Without a kind nothing fails and
 * operations are only counted.
 */
public final class DiskFaults {
  /** What is asked of a disk. */
  public enum Operation {
    LOOK(false),
    LIST(false),
    OPEN(false),
    READ(false),
    CREATE(true),
    OPEN_TO_CHANGE(true),
    WRITE(true),
    FORCE(false),
    CLOSE(false),
    LOCK(false),
    MAKE_DIRECTORY(true),
    RENAME(true),
    DELETE(true),
    SET(true);

    private final boolean changes;

    Operation(boolean changes) {
      this.changes = changes;
    }

    private boolean needsRoom() {
      return this == CREATE || this == WRITE || this == MAKE_DIRECTORY;
    }
  }

  /** How an operation fails. */
  public enum Kind {
    /** One operation fails, of whatever sort. */
    ERROR,
    /** There is no room, from some operation on. */
    FULL,
    /** Half of a write is done, then there is no room any more. */
    HALF_THEN_FULL,
    /** A write does half of what it was given, and says so. */
    SHORT_WRITE,
    /** A read gives half of what it could, and says so. */
    SHORT_READ,
    /** One renaming is refused. */
    RENAME_REFUSED,
    /** Nothing can be changed, from some operation on. */
    READ_ONLY;

    private boolean canMeet(Operation operation) {
      return switch (this) {
        case ERROR -> true;
        case FULL -> operation.needsRoom();
        case HALF_THEN_FULL, SHORT_WRITE -> operation == Operation.WRITE;
        case SHORT_READ -> operation == Operation.READ;
        case RENAME_REFUSED -> operation == Operation.RENAME;
        case READ_ONLY -> operation.changes;
      };
    }

    private boolean isPartial() {
      return this == HALF_THEN_FULL || this == SHORT_WRITE || this == SHORT_READ;
    }

    private boolean lasts() {
      return this == FULL || this == HALF_THEN_FULL || this == READ_ONLY;
    }

    private boolean stillFails(Operation operation) {
      return this == READ_ONLY ? operation.changes : operation.needsRoom();
    }

    private String reason() {
      return switch (this) {
        case ERROR, SHORT_WRITE, SHORT_READ -> "Input/output error";
        case FULL, HALF_THEN_FULL -> "No space left on device";
        case RENAME_REFUSED -> "Operation not permitted";
        case READ_ONLY -> "Read-only file system";
      };
    }
  }

  private final @Nullable Kind kind;
  private final int turn;
  private final Map<Kind, Integer> met = new EnumMap<>(Kind.class);
  private @Nullable Operation struck;
  private @Nullable Path place;

  private DiskFaults(@Nullable Kind kind, int turn) {
    this.kind = kind;
    this.turn = turn;
  }

  /** Count, and let everything work. */
  public static DiskFaults none() {
    return new DiskFaults(null, 0);
  }

  /** Strike at the operation of a number, 1 for the first of those that the kind can meet. */
  public static DiskFaults at(Kind kind, int turn) {
    return new DiskFaults(kind, turn);
  }

  /** How many operations there were that a kind of fault could have met. */
  public int count(Kind of) {
    return met.getOrDefault(of, 0);
  }

  /** Whether something went wrong. */
  public boolean hasStruck() {
    return struck != null;
  }

  /** The operation that failed first. */
  public Operation struck() {
    return Objects.requireNonNull(struck, "nothing failed");
  }

  /** Where that was. */
  public Path place() {
    return Objects.requireNonNull(place, "nothing failed");
  }

  /** Let an operation pass, or fail as a call that has the name of a file. */
  void meet(Operation operation, Path file) throws IOException {
    if (fails(operation, file)) {
      throw new FileSystemException(file.toString(), null, reason());
    }
  }

  /** Let an operation pass, or fail as a call on an open file, which tells no name. */
  void meetOpen(Operation operation, Path file) throws IOException {
    if (fails(operation, file)) {
      throw new IOException(reason());
    }
  }

  /** Let a transfer pass, or fail, or say how many of some bytes are taken. */
  int allowed(Operation operation, Path file, int bytes) throws IOException {
    boolean before = hasStruck();
    if (!fails(operation, file)) {
      return bytes;
    }
    if (!before && kind != null && kind.isPartial()) {
      return Math.min(bytes, Math.max(1, bytes / 2));
    }
    throw new IOException(reason());
  }

  private String reason() {
    return kind == null ? "" : kind.reason();
  }

  private synchronized boolean fails(Operation operation, Path file) {
    for (Kind each : Kind.values()) {
      if (each.canMeet(operation)) {
        met.merge(each, 1, Integer::sum);
      }
    }
    if (kind == null) {
      return false;
    }
    if (struck != null) {
      return kind.lasts() && kind.stillFails(operation);
    }
    if (kind.canMeet(operation) && count(kind) == turn) {
      struck = operation;
      place = file;
      return true;
    }
    return false;
  }

  @Override
  public String toString() {
    return "%s at %d (%s of %s)".formatted(kind, turn, struck, place);
  }
}
