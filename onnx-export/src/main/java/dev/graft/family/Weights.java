package dev.graft.family;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.checkpoint.StoredTensor;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tensors of a checkpoint by the names that their family gives them. A graph that is being
 * built asks for what it needs; afterwards {@link #requireComplete} says what was missing, of
 * another shape, or left over.
 */
final class Weights {
  private static final int LISTED = 5;

  private final Checkpoint checkpoint;
  private final TensorNames names;
  private final GraphBuilder graph;
  private final SortedMap<String, StoredTensor> stored = new TreeMap<>();
  private final Set<String> asked = new HashSet<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> misshapen = new ArrayList<>();
  private final List<CheckpointException> unreadable = new ArrayList<>();

  Weights(Checkpoint checkpoint, TensorNames names, GraphBuilder graph) throws CheckpointException {
    this.checkpoint = checkpoint;
    this.names = names;
    this.graph = graph;
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      String name = names.canonical(tensor.name(), checkpoint.tensors().keySet());
      StoredTensor other = stored.putIfAbsent(name, tensor);
      if (other != null) {
        throw new CheckpointException(
            checkpoint.directory(),
            "tensors '%s' and '%s' both are '%s'; keep one of them"
                .formatted(other.name(), tensor.name(), name));
      }
    }
  }

  /** Whether there is a tensor of that name. */
  boolean has(String name) {
    return stored.containsKey(name);
  }

  /**
   * Puts a tensor into the graph, once, and returns its name. A name that is missing, or of another
   * shape, is noted.
   */
  String get(String name, long... dims) {
    StoredTensor tensor = stored.get(name);
    if (!asked.add(name)) {
      return name;
    }
    if (tensor == null) {
      missing.add(name);
    } else if (!tensor.shape().equals(list(dims))) {
      misshapen.add(
          "'%s' has shape %s, expected %s"
              .formatted(tensor.name(), tensor.shape(), Arrays.toString(dims)));
    } else {
      add(name, tensor);
    }
    return name;
  }

  private void add(String name, StoredTensor tensor) {
    try {
      graph.initializer(name, tensor.floats());
    } catch (CheckpointException e) {
      unreadable.add(e);
    }
  }

  /**
   * Accepts a tensor that repeats another, and does not put it into the graph.
   *
   * @param because what says that the two are the same
   */
  void requireSame(String copy, String original, String because) throws CheckpointException {
    StoredTensor a = stored.get(copy);
    StoredTensor b = stored.get(original);
    if (a != null && b != null && !a.sameContent(b)) {
      throw new CheckpointException(
          checkpoint.directory(),
          "%s, but tensors '%s' and '%s' differ; correct config.json, or remove the one that is not used"
              .formatted(because, a.name(), b.name()));
    }
    asked.add(copy);
  }

  /** The highest number of a layer, plus one: how many layers the tensors are of. */
  int layers() {
    return names.layers(stored.keySet());
  }

  /**
   * The tensors of heads on top of the base, which are no part of its graph, by their names in the
   * checkpoint.
   */
  SortedMap<String, Tensor> heads() throws CheckpointException {
    SortedMap<String, Tensor> heads = new TreeMap<>();
    for (Map.Entry<String, StoredTensor> entry : stored.entrySet()) {
      if (!asked.contains(entry.getKey())
          && names.isHead(entry.getKey())
          && entry.getValue().dtype().isAdapterType()) {
        heads.put(entry.getKey(), entry.getValue().floats());
      }
    }
    return heads;
  }

  /** Fails unless the graph got all it asked for, and asked for all there is. */
  void requireComplete() throws CheckpointException {
    if (!unreadable.isEmpty()) {
      throw unreadable.get(0);
    }
    refuse(
        missing, "%d tensors are missing, the first are %s; the files are not all of this model");
    refuse(
        misshapen,
        "%d tensors do not have the shapes that config.json asks for, the first are %s; the two are"
            + " not of one model");
    List<String> extra =
        stored.keySet().stream()
            .filter(n -> !asked.contains(n) && !names.isIgnored(n) && !names.isHead(n))
            .toList();
    refuse(
        extra,
        "%d tensors are none of this family's, the first are %s; the model is of another"
            + " architecture, or config.json of another model");
  }

  private void refuse(List<String> problems, String message) throws CheckpointException {
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          checkpoint.directory(),
          message.formatted(
              problems.size(), problems.subList(0, Math.min(LISTED, problems.size()))));
    }
  }

  private static List<Long> list(long... dims) {
    return Arrays.stream(dims).boxed().toList();
  }
}
