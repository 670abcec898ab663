package dev.graft.cli;

/** How the {@code graft} process ends; scripts may rely on the numbers. */
enum ExitCode {
  /** Done. */
  OK(0, "done"),
  /** It was started and something went wrong that no other code describes. */
  FAILURE(1, "something went wrong while running"),
  /** The command line is wrong: unknown command or option, missing or malformed value. */
  USAGE(2, "the command line is wrong"),
  /** A model, data, configuration or adapter file is not acceptable. */
  INVALID(3, "a model, data, configuration or adapter is not acceptable"),
  /** A file or folder does not exist. */
  NOT_FOUND(4, "a file or folder does not exist"),
  /** The operating system forbids the access. */
  FORBIDDEN(5, "access is not permitted"),
  /** The output is there already. */
  CONFLICT(6, "the output exists already"),
  /** Content is not what its digest says, or does not belong to this base model. */
  INTEGRITY(7, "content does not agree with its digest, or belongs to another base"),
  /** Memory or disk space ran out. */
  RESOURCE(8, "memory or disk space ran out"),
  /** Interrupted (SIGINT); training has written a checkpoint. */
  INTERRUPTED(130, "interrupted (SIGINT); training has written a checkpoint"),
  /** Asked to stop (SIGTERM); training has written a checkpoint. */
  TERMINATED(143, "asked to stop (SIGTERM); training has written a checkpoint");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The number that the process exits with. */
  int code() {
    return code;
  }

  /** Half a sentence for the help page. */
  String meaning() {
    return meaning;
  }
}
