package dev.graft.cli;

import dev.graft.store.model.StoreUnavailableException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/** Translates what a room throws into what a person reads and a script tests. */
final class Failures {
  private static final int MAX_CAUSES = 20;
  private static final Pattern FORBIDS =
      Pattern.compile("read-only|sqlite_(readonly|cantopen|perm)|permission denied");

  private Failures() {}

  /**
   * Explains an exception.
   *
   * @param doing what was being done, as a verb phrase: {@code export 'model.onnx'}
   */
  static CommandFailure explain(Throwable e, String doing) {
    Throwable cause = unwrapped(e);
    if (cause instanceof CommandFailure failure) {
      return failure;
    }
    String what = "cannot " + doing;
    if (cause instanceof OutOfMemoryError) {
      return new CommandFailure(
          ExitCode.RESOURCE,
          what,
          "the Java heap is full (%s)".formatted(message(cause)),
          "give it more, for example GRAFT_JAVA_OPTS=-Xmx4g, or work on smaller files",
          e);
    }
    if (cause instanceof FileSystemException file) {
      return explain(file, what);
    }
    if (cause instanceof IOException && isNoSpace(message(cause))) {
      return noSpace(what, message(cause), e);
    }
    KnownFailures.Kind kind = KnownFailures.of(cause);
    ExitCode exitCode =
        cause instanceof StoreUnavailableException ? outOfReach(cause) : kind.exitCode();
    return new CommandFailure(exitCode, what, reason(cause, kind), remedy(cause, kind), e);
  }

  private static CommandFailure explain(FileSystemException e, String what) {
    String file = "'%s'".formatted(e.getFile());
    String reason = e.getReason() == null ? "" : e.getReason();
    if (e instanceof NoSuchFileException missing) {
      return new CommandFailure(
          ExitCode.NOT_FOUND,
          what,
          "%s does not exist".formatted(file),
          missing.getReason() == null ? "check the path" : missing.getReason(),
          e);
    }
    if (e instanceof AccessDeniedException) {
      return new CommandFailure(
          ExitCode.FORBIDDEN,
          what,
          "no permission for %s".formatted(file),
          "change its permissions, or choose another place",
          e);
    }
    if (e instanceof FileAlreadyExistsException || e instanceof DirectoryNotEmptyException) {
      return new CommandFailure(
          ExitCode.CONFLICT,
          what,
          reason.isEmpty() ? "%s exists already".formatted(file) : "%s: %s".formatted(file, reason),
          "remove it or choose another name; nothing was overwritten",
          e);
    }
    if (isNoSpace(reason)) {
      return noSpace(what, "%s: %s".formatted(file, reason), e);
    }
    boolean readOnly = reason.toLowerCase(Locale.ROOT).contains("read-only");
    return new CommandFailure(
        readOnly ? ExitCode.FORBIDDEN : ExitCode.FAILURE,
        what,
        "%s: %s".formatted(file, reason.isEmpty() ? e.getClass().getSimpleName() : reason),
        readOnly ? "choose a place that can be written" : "check the file and the disk it is on",
        e);
  }

  /** Why the registry cannot be reached decides what a script may do about it. */
  private static ExitCode outOfReach(Throwable e) {
    Throwable cause = e;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (cause instanceof AccessDeniedException || FORBIDS.matcher(text).find()) {
        return ExitCode.FORBIDDEN;
      }
      if (isNoSpace(text) || text.contains("sqlite_full") || text.contains("file too large")) {
        return ExitCode.RESOURCE;
      }
      cause = cause.getCause();
    }
    return ExitCode.UNAVAILABLE;
  }

  private static CommandFailure noSpace(String what, String why, Throwable e) {
    return new CommandFailure(
        ExitCode.RESOURCE,
        what,
        "the disk is full (%s)".formatted(why),
        "make room or choose another place; no incomplete file was left behind",
        e);
  }

  private static boolean isNoSpace(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.contains("no space left") || lower.contains("disk quota exceeded");
  }

  private static String reason(Throwable cause, KnownFailures.Kind kind) {
    String message = message(cause);
    int remedyStart = message.lastIndexOf("; ");
    boolean messageHasRemedy = kind.fix().isEmpty() && remedyStart > 0;
    return messageHasRemedy ? message.substring(0, remedyStart) : message;
  }

  private static String remedy(Throwable cause, KnownFailures.Kind kind) {
    if (!kind.fix().isEmpty()) {
      return kind.fix();
    }
    String message = message(cause);
    int remedyStart = message.lastIndexOf("; ");
    return remedyStart > 0 ? message.substring(remedyStart + 2) : kind.fallbackFix();
  }

  /** Whether the reader of standard output has gone, as {@code head} does; not worth a word. */
  static boolean isBrokenPipe(Throwable e) {
    Throwable cause = unwrapped(e);
    return cause instanceof IOException && message(cause).contains("Broken pipe");
  }

  private static Throwable unwrapped(Throwable e) {
    Throwable cause = e;
    for (int i = 0; i < MAX_CAUSES; i++) {
      Throwable inner = cause.getCause();
      boolean wrapper =
          cause instanceof UncheckedIOException || cause instanceof ExecutionException;
      if (!wrapper || inner == null) {
        break;
      }
      cause = inner;
    }
    return cause;
  }

  private static String message(Throwable e) {
    if (e instanceof CharacterCodingException) {
      return "the text is not valid UTF-8 (%s)".formatted(e.getMessage());
    }
    if (e instanceof ReadOnlyFileSystemException) {
      return "the file system is read-only";
    }
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return e.getClass().getSimpleName();
    }
    return e instanceof FileNotFoundException ? "file not found: " + message : message;
  }
}
