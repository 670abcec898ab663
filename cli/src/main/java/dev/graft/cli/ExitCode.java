package dev.graft.cli;

/** How the {@code graft} process ends; scripts may rely on the numbers. */
enum ExitCode {
  /** Done. */
  OK(0, "done"),
  /** It was started and something went wrong that no other code describes. */
  FAILURE(1, "something went wrong while running"),
  /** The command line is wrong: unknown command or option, missing or malformed value. */
  USAGE(2, "the command line is wrong"),
  /** A model, data, configuration, adapter or registry is not acceptable. */
  INVALID(3, "a model, data, configuration, adapter or registry is not acceptable"),
  /** A file, folder, tenant, adapter, version or alias does not exist. */
  NOT_FOUND(4, "a file, a folder or something in the registry does not exist"),
  /** The system forbids the access, or the state of a version does. */
  FORBIDDEN(5, "access is not permitted, by the system or by the state of a version"),
  /** The output is there already, or an alias is not where it was expected. */
  CONFLICT(6, "the output exists already, or somebody else moved an alias before"),
  /** Content is not what its digest says, or does not belong to this base model. */
  INTEGRITY(7, "content does not agree with its digest, or belongs to another base"),
  /** Memory, disk space or a tenant's quota ran out. */
  RESOURCE(8, "memory, disk space or a tenant's quota ran out"),
  /** A version failed a check or a gate and was not published. */
  REFUSED(9, "a check or a gate refused a version"),
  /** The registry cannot be reached right now. */
  UNAVAILABLE(10, "the registry cannot be reached right now; try again"),
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
