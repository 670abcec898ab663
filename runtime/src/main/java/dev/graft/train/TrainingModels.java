package dev.graft.train;

import dev.graft.ort.ModelSource;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What training needs of a bundle.
 *
 * <p>An opened one may hold mapped weights that the sources share; close it after the sessions.
 */
interface TrainingModels extends AutoCloseable {

  /** The graphs, specialised to the modules that are trained. */
  enum Graph {
    TRAINING,
    EVAL,
    OPTIMIZER,
    INFERENCE
  }

  /**
   * What the base is.
   *
   * @param digest identity of the bundle's content
   * @param baseDigest identity of the base model
   * @param pooling how token vectors become one
   * @param maxLength the most tokens of one text
   * @param baseInputs the base's own inputs
   * @param slots where adapters may act
   */
  record Base(
      String digest,
      String baseDigest,
      Optional<String> tokenizerDigest,
      String pooling,
      int hiddenSize,
      int maxLength,
      List<String> baseInputs,
      List<BaseSlot> slots) {
    public Base {
      baseInputs = List.copyOf(baseInputs);
      slots = List.copyOf(slots);
    }
  }

  /** A module that may be adapted: its path and its features in and out. */
  record BaseSlot(String module, int in, int out) {}

  Base base();

  /**
   * A graph without the slots of other modules.
   *
   * @param modules the paths of the modules that are trained
   */
  ModelSource source(Graph graph, Set<String> modules) throws IOException;

  @Override
  void close();
}
