package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tour of the README, run as it is written, in a folder where only {@code ./graft} is. */
class ReadmeTourTest {
  @TempDir Path folder;

  @Test
  @Timeout(600)
  void worksAsWritten() throws Exception {
    List<String> blocks = ShellTour.blocks("README.md", "sh");
    assertTrue(blocks.size() >= 6, "the README has no tour");

    String log = ShellTour.run(folder, blocks);

    assertTrue(Files.exists(folder.resolve("merged/model.onnx")), log);
    assertEquals(
        List.of("banking", "travel"),
        log.lines()
            .filter(line -> line.contains("Lima") || line.contains("guitar"))
            .map(line -> line.replaceAll(".*\"adapter\":\"(\\w+)\".*", "$1"))
            .toList());
    assertTrue(log.contains("acme/banking:prod: @2 -> @1"), log);
    assertTrue(log.contains("ok the registry is sound"), log);
  }
}
