package dev.graft.pretrained;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Exports what {@code bench/interop/families} made, and leaves the comparison to it. */
class CheckpointFolderTest {
  private static final String FOLDER = "graft.checkpoints";

  @Test
  @EnabledIfSystemProperty(
      named = FOLDER,
      matches = ".+",
      disabledReason = "no folder of checkpoints is named; bench/interop/families makes one")
  void exportsEveryCheckpointOfAFolder() throws IOException {
    Path folder = Path.of(System.getProperty(FOLDER));
    List<Path> checkpoints;
    try (Stream<Path> entries = Files.list(folder)) {
      checkpoints =
          entries.filter(p -> Files.isRegularFile(p.resolve("config.json"))).sorted().toList();
    }
    assertFalse(checkpoints.isEmpty());

    for (Path checkpoint : checkpoints) {
      PlainExport.write(checkpoint, checkpoint.resolve("onnx"));
    }
  }
}
