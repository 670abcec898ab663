package dev.graft.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.Safetensors;
import dev.graft.adapter.format.SafetensorsWriter;
import dev.graft.adapter.format.TensorDtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run. Each is a directory {@code step-N} that appears by one rename, when all
 * of it is on the disk: {@code checkpoint.json} and {@code state.safetensors}. The last two are
 * kept, and the one of the best evaluation.
 */
final class CheckpointStore {
  private static final Pattern NAME = Pattern.compile("step-\\d{8}");
  private static final String INFO = "checkpoint.json";
  private static final String STATE = "state.safetensors";
  private static final String TEMPORARY = ".tmp";
  private static final int KEPT = 2;

  private final Path directory;
  private final ObjectMapper json = new ObjectMapper();

  CheckpointStore(Path directory) {
    this.directory = directory;
  }

  /**
   * Write a checkpoint, then delete those that are not kept.
   *
   * @param state what {@link ParameterStore#state} gave
   * @return its directory
   */
  Path write(
      RunIdentity identity, Progress progress, long metricsBytes, Map<String, FloatTensor> state)
      throws IOException {
    Path target = path(progress.step());
    Path temporary = directory.resolve(target.getFileName() + TEMPORARY);
    try {
      Files.createDirectories(directory);
      RunFiles.deleteTree(temporary);
      Files.createDirectory(temporary);
      Path stateFile = temporary.resolve(STATE);
      SafetensorsWriter.write(stateFile, state, Map.of(), TensorDtype.F32);
      Checkpoint checkpoint =
          new Checkpoint(identity, progress, metricsBytes, RunDigests.ofFile(stateFile));
      RunFiles.writeForced(
          temporary.resolve(INFO),
          json.writerWithDefaultPrettyPrinter().writeValueAsBytes(checkpoint.toJson()));
      RunFiles.forceDirectory(temporary);
      // A checkpoint of this step can only be that of an evaluation not yet done, or the same.
      RunFiles.deleteTree(target);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      RunFiles.forceDirectory(directory);
    } catch (RuntimeException e) {
      discard(temporary, e);
      throw e;
    } catch (IOException e) {
      discard(temporary, e);
      throw new TrainingException(
          "cannot write checkpoint \"%s\": %s; the run can be resumed from the checkpoint before"
              .formatted(target, reason(e)),
          e);
    }
    prune(progress.best().map(EvalMetrics::step));
    return target;
  }

  /** Why the write failed matters more than that its rest could not be removed. */
  private static void discard(Path temporary, Exception reason) {
    try {
      RunFiles.deleteTree(temporary);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  private void prune(Optional<Integer> bestStep) throws IOException {
    List<Path> newestFirst = list();
    Set<Path> kept = new HashSet<>(newestFirst.subList(0, Math.min(KEPT, newestFirst.size())));
    bestStep.ifPresent(step -> kept.add(path(step)));
    for (Path checkpoint : newestFirst) {
      if (!kept.contains(checkpoint)) {
        delete(checkpoint);
      }
    }
  }

  /** A half-deleted checkpoint must not look like one, so it loses its name first. */
  private void delete(Path checkpoint) throws IOException {
    Path renamed = directory.resolve(checkpoint.getFileName() + TEMPORARY);
    Files.move(checkpoint, renamed, StandardCopyOption.ATOMIC_MOVE);
    RunFiles.deleteTree(renamed);
  }

  /** Remove what a killed process left half-written. */
  void sweep() throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.filter(p -> p.toString().endsWith(TEMPORARY)).toList()) {
        RunFiles.deleteTree(entry);
      }
    }
  }

  /** The directory of the checkpoint after a step. */
  Path path(int step) {
    return directory.resolve("step-%08d".formatted(step));
  }

  private List<Path> list() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparing((Path path) -> path.getFileName().toString()).reversed())
          .toList();
    }
  }

  /**
   * The newest checkpoint.
   *
   * @throws TrainingException if it is damaged
   */
  Optional<Checkpoint> latest() throws IOException {
    List<Path> newestFirst = list();
    return newestFirst.isEmpty() ? Optional.empty() : Optional.of(read(newestFirst.get(0)));
  }

  private Checkpoint read(Path checkpoint) throws IOException {
    Path info = checkpoint.resolve(INFO);
    try {
      Checkpoint read = Checkpoint.fromJson(json.readTree(info.toFile()));
      String found = RunDigests.ofFile(checkpoint.resolve(STATE));
      if (!found.equals(read.stateDigest())) {
        throw new TrainingException(
            "%s: content is sha256 %s, but \"%s\" says %s; remove the checkpoint to resume from the one before"
                .formatted(checkpoint.resolve(STATE), found, INFO, read.stateDigest()));
      }
      return read;
    } catch (IllegalArgumentException | JsonProcessingException e) {
      throw new TrainingException(
          "%s: not a checkpoint of this version: %s; remove its directory to resume from the one before"
              .formatted(info, e.getMessage()),
          e);
    }
  }

  /** The parameters' state in the checkpoint after a step. */
  SortedMap<String, FloatTensor> state(int step) throws IOException {
    SortedMap<String, FloatTensor> state = new TreeMap<>();
    try (Safetensors file = Safetensors.open(path(step).resolve(STATE))) {
      for (String name : file.entries().keySet()) {
        state.put(name, file.floats(name));
      }
    }
    return state;
  }
}
