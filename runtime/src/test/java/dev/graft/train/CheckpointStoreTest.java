package dev.graft.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final RunIdentity IDENTITY =
      new RunIdentity(TrainingOptions.builder().rank(3).build(), Map.of("bundle", "sha256:b"));

  @TempDir Path folder;

  private static Map<String, FloatTensor> state(float value) {
    return Map.of("value.x", FloatTensor.of(List.of(2L), new float[] {value, -value}));
  }

  private static Progress at(int step, Optional<EvalMetrics> best) {
    return new Progress(step, step, 1 / 3.0, 10, 20, 0.1, best, best, 1);
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    CheckpointStore store = new CheckpointStore(folder.resolve("checkpoints"));
    assertEquals(Optional.empty(), store.latest());
    Progress progress = at(7, Optional.of(new EvalMetrics(5, 0.1, 0.2)));
    store.write(IDENTITY, progress, 99, state(0.1f));
    Checkpoint read = store.latest().orElseThrow();
    assertEquals(IDENTITY, read.identity());
    assertEquals(progress, read.progress());
    assertEquals(99, read.metricsBytes());
    assertEquals(state(0.1f), store.state(7));
  }

  @Test
  void keepsTheLastTwoAndTheBest() throws IOException {
    CheckpointStore store = new CheckpointStore(folder);
    Optional<EvalMetrics> best = Optional.of(new EvalMetrics(2, 0.1, 0.2));
    for (int step = 0; step < 9; step++) {
      store.write(IDENTITY, at(step, step < 2 ? Optional.empty() : best), 0, state(step));
    }
    assertEquals(Set.of("step-00000002", "step-00000007", "step-00000008"), names());
    assertEquals(8, store.latest().orElseThrow().step());
    assertEquals(state(2), store.state(2));
  }

  @Test
  void replacesTheCheckpointOfTheSameStep() throws IOException {
    CheckpointStore store = new CheckpointStore(folder);
    store.write(IDENTITY, at(3, Optional.empty()), 0, state(1));
    store.write(IDENTITY, at(3, Optional.of(new EvalMetrics(3, 0.1, 0.2))), 5, state(1));
    assertEquals(5, store.latest().orElseThrow().metricsBytes());
  }

  @Test
  void leavesNothingWhenItCannotWrite() throws IOException {
    CheckpointStore store = new CheckpointStore(folder.resolve("checkpoints"));
    store.write(IDENTITY, at(1, Optional.empty()), 0, state(1));
    // The writer refuses this name after the directory was begun: as good as a full disk.
    Map<String, FloatTensor> unwritable = Map.of("__metadata__", FloatTensor.zeros(List.of(1L)));
    assertThrows(
        IllegalArgumentException.class,
        () -> store.write(IDENTITY, at(2, Optional.empty()), 0, unwritable));
    store.sweep();
    assertEquals(1, store.latest().orElseThrow().step());
    Path file = Files.createFile(folder.resolve("file"));
    TrainingException failure =
        assertThrows(
            TrainingException.class,
            () -> new CheckpointStore(file).write(IDENTITY, at(1, Optional.empty()), 0, state(1)));
    assertTrue(
        String.valueOf(failure.getMessage()).startsWith("cannot write checkpoint \""),
        failure.getMessage());
  }

  @Test
  void refusesACheckpointOfAnotherVersion() throws IOException {
    CheckpointStore store = new CheckpointStore(folder);
    Path info =
        store.write(IDENTITY, at(1, Optional.empty()), 0, state(1)).resolve("checkpoint.json");
    Files.writeString(
        info, Files.readString(info).replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"));
    TrainingException refusal = assertThrows(TrainingException.class, store::latest);
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("formatVersion is 2, expected 1"),
        refusal.getMessage());
  }

  @Test
  void sweepsTemporaryDirectories() throws IOException {
    CheckpointStore store = new CheckpointStore(folder);
    Files.createDirectories(folder.resolve("step-00000004.tmp/deep"));
    store.write(IDENTITY, at(1, Optional.empty()), 0, state(1));
    store.sweep();
    assertFalse(Files.exists(folder.resolve("step-00000004.tmp")));
    assertEquals(Set.of("step-00000001"), names());
  }

  private Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return names;
  }
}
