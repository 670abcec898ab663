package dev.graft.cli;

import dev.graft.export.Bundle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the quickstart with a decoder finds and leaves things.
 *
 * @param model what the user named: a checkpoint, an {@code .onnx} file, or a bundle
 * @param folder where everything is made
 */
record TextQuickstartPlaces(Path model, Path folder) {

  /** Whether the user named a bundle, which is used as it is. */
  boolean isBundle() {
    return Files.isRegularFile(model.resolve(Bundle.MANIFEST_FILE));
  }

  Path bundle() {
    return isBundle() ? model : folder.resolve("bundle");
  }

  Path run() {
    return folder.resolve("runs").resolve(TextQuickstart.ADAPTER);
  }

  Path data() {
    return folder.resolve("data");
  }

  Path training() {
    return data().resolve("desk-train.jsonl");
  }

  Path heldOut() {
    return data().resolve("desk-test.jsonl");
  }
}
