package dev.graft.cli;

import dev.graft.cli.screen.Console;

/** Where the process starts and ends. */
public final class Main {
  private Main() {}

  /** Runs the command line and exits with an {@link ExitCode}. */
  public static void main(String[] args) {
    NativeFiles.keepIn(System.getProperty("graft.home", ""));
    int code = new Graft(Console.ofProcess()).run(args);
    Runtime.getRuntime().exit(code);
  }
}
