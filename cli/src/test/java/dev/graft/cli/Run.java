package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.cli.screen.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What one command line did: exit code and both outputs. */
record Run(int code, String out, String err) {

  /** Runs a command line without input, environment and terminal. */
  static Run of(Object... args) {
    return with(Map.of(), "", args);
  }

  /** Runs a command line with environment variables and standard input. */
  static Run with(Map<String, String> env, String input, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            env,
            false,
            false,
            false,
            80);
    int code =
        new Graft(console).run(Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a process without input. */
  static Run of(ProcessBuilder builder) throws IOException, InterruptedException {
    Path err = Files.createTempFile("graft", ".err");
    try {
      Process process = builder.redirectError(err.toFile()).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Run(process.waitFor(), out, Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }

  /** This run, or a failed test that shows what it said. */
  Run expect(ExitCode expected) {
    if (code != expected.code()) {
      throw new AssertionError("exit code %d, expected %s%n%s".formatted(code, expected, this));
    }
    return this;
  }

  /** This run, if standard error says all of these. */
  Run says(String... parts) {
    for (String part : parts) {
      if (!err.contains(part)) {
        throw new AssertionError("stderr does not say \"%s\"%n%s".formatted(part, this));
      }
    }
    return this;
  }

  /** This run, if it failed as people are told: three lines on standard error, none elsewhere. */
  Run failsWith(ExitCode expected, String... parts) {
    expect(expected).says("graft: ", "\n  why: ", "\n  fix: ").says(parts);
    if (!out.isEmpty()) {
      throw new AssertionError("a failed command wrote an answer%n%s".formatted(this));
    }
    return this;
  }

  /** Standard output as one JSON value. */
  JsonNode json() {
    try {
      return new ObjectMapper().readTree(out);
    } catch (IOException e) {
      throw new UncheckedIOException(toString(), e);
    }
  }

  /** Standard output as JSON lines. */
  List<JsonNode> jsonLines() {
    ObjectMapper mapper = new ObjectMapper();
    return out.lines()
        .map(
            line -> {
              try {
                return mapper.readTree(line);
              } catch (IOException e) {
                throw new UncheckedIOException(toString(), e);
              }
            })
        .toList();
  }
}
