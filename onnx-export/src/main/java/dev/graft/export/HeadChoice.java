package dev.graft.export;

import dev.graft.adapter.FloatTensor;
import dev.graft.family.PretrainedModel;
import dev.graft.family.SequenceHead;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How an encoder's token vectors become one, and what classifies that.
 *
 * @param head absent for a task that does not classify
 * @param weights what the checkpoint has for the head, by PEFT's names; maybe nothing
 * @param labels of these weights
 */
record HeadChoice(
    Pooling pooling,
    Optional<ClassificationHead> head,
    Map<String, FloatTensor> weights,
    List<String> labels) {

  HeadChoice {
    weights = Map.copyOf(weights);
    labels = List.copyOf(labels);
  }

  /**
   * Settles the head of a bundle.
   *
   * @throws IllegalArgumentException if the options contradict each other or ask for a head that
   *     the model has not
   * @throws IOException if the checkpoint's head cannot be read or is not its family's
   */
  static HeadChoice of(BaseSource source, ExportOptions options) throws IOException {
    Pooling pooling = options.pooling().orElse(Pooling.MEAN);
    if (options.task() != Task.TEXT_CLASSIFICATION) {
      if (options.head().isPresent()) {
        throw new IllegalArgumentException(
            "a head is for %s, and the task is %s; leave --head out"
                .formatted(Task.TEXT_CLASSIFICATION.text(), options.task().text()));
      }
      return new HeadChoice(pooling, Optional.empty(), Map.of(), List.of());
    }
    if (options.head().equals(Optional.of(HeadStyle.FAMILY))) {
      return family(source, options);
    }
    boolean undecided = options.head().isEmpty() && options.pooling().isEmpty();
    if (undecided
        && source.checkpoint().isPresent()
        && source.checkpoint().get().isSequenceClassifier()) {
      return family(source, options);
    }
    return new HeadChoice(pooling, Optional.of(ClassificationHead.linear()), Map.of(), List.of());
  }

  private static HeadChoice family(BaseSource source, ExportOptions options) throws IOException {
    if (options.pooling().isPresent()) {
      throw new IllegalArgumentException(
          "the head of a family has its own pooling, and '%s' is asked for; leave --pooling out, or choose --head pooled"
              .formatted(options.pooling().get().text()));
    }
    PretrainedModel model =
        source
            .checkpoint()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s does not say its family, so it has no --head family; export the checkpoint directory, or choose --head pooled"
                            .formatted(source.name())));
    SequenceHead head = model.sequenceHead();
    return new HeadChoice(head.pooling(), Optional.of(head.head()), head.weights(), head.labels());
  }
}
