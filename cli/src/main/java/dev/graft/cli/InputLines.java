package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Standard input as lines of UTF-8; other bytes are an error. */
final class InputLines {
  private InputLines() {}

  static BufferedReader open(Screen screen) {
    return new BufferedReader(
        new InputStreamReader(
            screen.input(),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)));
  }
}
