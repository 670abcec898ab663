package dev.graft.cli.screen;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Where commands write. {@link #print} is the answer, on standard output; {@link #note} is for the
 * person who waits, on standard error.
 *
 * <p>A failing standard output is an error ({@link UncheckedIOException}), because an answer that
 * was cut off must not look complete; a failing standard error is not.
 */
public final class Screen {
  private final Console console;
  private final Style outStyle;
  private final Style errStyle;
  private final boolean quiet;
  private final OutputStream out;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * @param colors whether colours are wanted where the terminal can show them
   * @param quiet whether notes and progress are left out
   */
  public Screen(Console console, boolean colors, boolean quiet) {
    this.console = console;
    this.quiet = quiet;
    outStyle = console.style(console.outIsTerminal(), colors);
    errStyle = console.style(console.errIsTerminal(), colors);
    out = new BufferedOutputStream(console.out(), 1 << 16);
  }

  /** Standard input. */
  public InputStream input() {
    return console.in();
  }

  /** Whether a person types standard input. */
  public boolean inputIsTerminal() {
    return console.inputIsTerminal();
  }

  /** Whether standard output goes to a screen. */
  public boolean outIsTerminal() {
    return console.outIsTerminal();
  }

  /** How wide tables may be: as the screen, or as they like where they go elsewhere. */
  public int tableColumns() {
    return console.outIsTerminal() ? console.columns() : Integer.MAX_VALUE;
  }

  /** How wide a line of the answer may be, in characters. */
  public int columns() {
    return console.outIsTerminal() ? console.columns() : Console.DEFAULT_COLUMNS;
  }

  /** How to write to standard output. */
  public Style style() {
    return outStyle;
  }

  /** How to write to standard error. */
  public Style noteStyle() {
    return errStyle;
  }

  /** Writes a line (or several) of the answer. */
  public void print(String text) {
    write(text + System.lineSeparator());
    flush();
  }

  /** Writes text as it is. */
  public void printRaw(String text) {
    write(text);
    flush();
  }

  /**
   * Writes text that comes from a model, as it is; on a terminal without control characters, which
   * would drive it.
   */
  public void printForeign(String text) {
    printRaw(console.outIsTerminal() ? withoutControls(text) : text);
  }

  private static String withoutControls(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      plain.append(Character.isISOControl(c) && c != '\n' && c != '\t' ? '?' : c);
    }
    return plain.toString();
  }

  /** Writes an answer of one JSON object, indented. */
  public void printJson(JsonNode answer) {
    print(render(answer, true));
  }

  /** Writes one of many JSON objects on a line of its own; {@link #flush} when it is time. */
  public void printJsonLine(JsonNode answer) {
    write(render(answer, false) + "\n");
  }

  private String render(JsonNode answer, boolean indented) {
    try {
      return indented
          ? json.writerWithDefaultPrettyPrinter().writeValueAsString(answer)
          : json.writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Hands over what was written so far. */
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells the person something; left out with {@code --quiet}. */
  public void note(String text) {
    if (!quiet) {
      alert(text);
    }
  }

  /** Tells the person something that matters even with {@code --quiet}. */
  public void alert(String text) {
    writeError(text + System.lineSeparator());
  }

  /** Progress of {@code total} steps: a bar on a terminal, now and then a line elsewhere. */
  public Progress progress(String title, long total) {
    if (quiet) {
      return Progress.SILENT;
    }
    return console.errIsTerminal()
        ? new ProgressBar(this::writeError, errStyle, console.columns(), title, total)
        : new ProgressLines(this::writeError, title, total);
  }

  private void writeError(String text) {
    try {
      console.err().write(text.getBytes(StandardCharsets.UTF_8));
      console.err().flush();
    } catch (IOException e) {
      // There is no one left to tell.
    }
  }
}
