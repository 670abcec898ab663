package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Map;

/**
 * What every command is given.
 *
 * @param screen where to write
 * @param env the environment variables
 */
record CommandContext(Screen screen, Map<String, String> env) {

  /** Standard output as picocli wants it, for help pages. */
  PrintWriter writer() {
    return new PrintWriter(
        new Writer() {
          private final StringBuilder line = new StringBuilder();

          @Override
          public void write(char[] buffer, int offset, int length) {
            line.append(buffer, offset, length);
            if (line.indexOf("\n") >= 0) {
              flush();
            }
          }

          @Override
          public void flush() {
            if (!line.isEmpty()) {
              String text = line.toString();
              line.setLength(0);
              screen.printRaw(text);
            }
          }

          @Override
          public void close() {
            flush();
          }
        },
        true);
  }
}
