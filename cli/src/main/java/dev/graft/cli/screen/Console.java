package dev.graft.cli.screen;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Map;

/**
 * The outside of the process: its three streams, its environment, and what is known of the
 * terminal. Tests make their own.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param env the environment variables
 * @param inputIsTerminal whether a person types standard input
 * @param outIsTerminal whether standard output goes to a screen
 * @param errIsTerminal whether standard error goes to a screen
 * @param columns width of the screen in characters
 */
public record Console(
    InputStream in,
    OutputStream out,
    OutputStream err,
    Map<String, String> env,
    boolean inputIsTerminal,
    boolean outIsTerminal,
    boolean errIsTerminal,
    int columns) {

  static final int DEFAULT_COLUMNS = 80;

  public Console {
    env = Map.copyOf(env);
  }

  /**
   * The console of this process. Java cannot ask which of the streams are terminals, so the
   * launcher says it: {@code graft.terminal} holds the numbers of those that are, {@code
   * graft.columns} the width.
   */
  public static Console ofProcess() {
    String terminals = System.getProperty("graft.terminal", "");
    return new Console(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        System.getenv(),
        terminals.contains("0"),
        terminals.contains("1"),
        terminals.contains("2"),
        Integer.getInteger("graft.columns", DEFAULT_COLUMNS));
  }

  /** How to write to one of the two outputs. */
  public Style style(boolean isTerminal, boolean colorsWanted) {
    boolean colors =
        colorsWanted
            && isTerminal
            && env.getOrDefault("NO_COLOR", "").isEmpty()
            && !env.getOrDefault("TERM", "").equals("dumb");
    return new Style(colors, isTerminal && hasUtf8Locale());
  }

  private boolean hasUtf8Locale() {
    for (String variable : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = env.getOrDefault(variable, "");
      if (!value.isEmpty()) {
        String lower = value.toLowerCase(Locale.ROOT);
        return lower.contains("utf-8") || lower.contains("utf8");
      }
    }
    return false;
  }
}
