package dev.graft.export;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.export.AdapterBinding.Head;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadLayer;
import dev.graft.inject.Pooling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Finds in an adapter's whole parameters the head of a bundle. */
final class HeadBinding {
  private static final String SEQUENCE_CLASSIFICATION = "SEQ_CLS";

  /** First names of heads that Transformers puts behind an encoder; embeddings do not see them. */
  private static final Set<String> HEADS = Set.of("classifier", "pre_classifier", "score");

  private HeadBinding() {}

  /**
   * The adapter's head, if the bundle classifies and the adapter has one.
   *
   * @throws IncompatibleAdapterException if it has a part of one, one of another shape or for
   *     another model, or parameters that the bundle's graphs have no place for
   */
  static Optional<Head> of(Manifest manifest, Adapter adapter) {
    checkPlaces(manifest, adapter);
    ClassificationHead head = manifest.head().orElse(null);
    if (head == null || adapter.saved().isEmpty()) {
      return Optional.empty();
    }
    checkModel(manifest, head, adapter);
    long labels = weight(head, head.last(), adapter).shape().stream().findFirst().orElse(0L);
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    for (HeadLayer layer : head.layers()) {
      FloatTensor weight = weight(head, layer, adapter);
      checkWeight(layer, weight, head.weightShape(layer, manifest.hiddenSize(), labels), head);
      tensors.put(layer.weight(), weight);
      tensors.put(layer.bias(), bias(layer, weight, adapter));
    }
    return Optional.of(new Head(tensors, labels(manifest, adapter, labels)));
  }

  /** Refuses whole parameters that the bundle's graphs have no place for. */
  private static void checkPlaces(Manifest manifest, Adapter adapter) {
    List<String> placed = manifest.head().map(ClassificationHead::tensors).orElse(List.of());
    for (String name : adapter.saved().keySet()) {
      boolean isHead = HEADS.contains(name.substring(0, firstDot(name)));
      boolean ignorable = manifest.head().isEmpty() && isHead;
      if (placed.contains(name) || ignorable) {
        continue;
      }
      boolean otherHead = isHead && manifest.head().filter(h -> h.encoder().isEmpty()).isPresent();
      throw new IncompatibleAdapterException(
          "the adapter brings the parameter '%s', and a bundle for %s has no place for it; %s"
              .formatted(
                  name,
                  manifest.task().text(),
                  otherHead
                      ? "its own head takes %s; if the adapter has the head of a model for sequence classification (modules_to_save), export that model's checkpoint with --head family"
                          .formatted(placed)
                      : "train it with modules_to_save of at most the modules of %s"
                          .formatted(placed)));
    }
  }

  private static int firstDot(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name.length() : dot;
  }

  /**
   * A sequence classifier of Transformers has its head on the first token. An adapter that says how
   * it pools was made by Graft, and was checked by that.
   */
  private static void checkModel(Manifest manifest, ClassificationHead head, Adapter adapter) {
    boolean ofAModel = isOfAModel(adapter) && adapter.record().pooling().isEmpty();
    boolean fits =
        !head.encoder().isEmpty() || manifest.pooling().equals(Optional.of(Pooling.POOLER));
    if (ofAModel && !fits) {
      throw new IncompatibleAdapterException(
          "the adapter is for a model with its own head (task_type %s), and this bundle has Graft's head on pooling '%s'; export that model's checkpoint with --head family"
              .formatted(SEQUENCE_CLASSIFICATION, manifest.poolingText().orElse("nothing")));
    }
  }

  /** Whether the adapter says that it is for a model with the head of its family. */
  static boolean isOfAModel(Adapter adapter) {
    return adapter.config().taskType().filter(SEQUENCE_CLASSIFICATION::equals).isPresent();
  }

  private static FloatTensor weight(ClassificationHead head, HeadLayer layer, Adapter adapter) {
    FloatTensor weight = adapter.saved().get(layer.weight());
    if (weight == null) {
      throw new IncompatibleAdapterException(
          "the adapter has %s but no '%s'; the bundle's head takes %s"
              .formatted(
                  adapter.saved().keySet().stream().map("'%s'"::formatted).toList(),
                  layer.weight(),
                  head.tensors()));
    }
    return weight;
  }

  private static void checkWeight(
      HeadLayer layer, FloatTensor weight, List<Long> expected, ClassificationHead head) {
    boolean last = layer.equals(head.last());
    if (!weight.shape().equals(expected) || expected.get(0) < 1) {
      throw new IncompatibleAdapterException(
          "the adapter's %s has shape %s, expected %s"
              .formatted(
                  layer.weight(),
                  weight.shape(),
                  last
                      ? "[labels, %d] with at least one label".formatted(expected.get(1))
                      : expected));
    }
  }

  private static FloatTensor bias(HeadLayer layer, FloatTensor weight, Adapter adapter) {
    List<Long> shape = List.of(weight.shape().get(0));
    FloatTensor bias = adapter.saved().getOrDefault(layer.bias(), FloatTensor.zeros(shape));
    if (!bias.shape().equals(shape)) {
      throw new IncompatibleAdapterException(
          "the adapter's %s has shape %s, its %s has %d rows"
              .formatted(layer.bias(), bias.shape(), layer.weight(), shape.get(0)));
    }
    return bias;
  }

  /** PEFT's files name no labels; its users know them by the model's. */
  private static List<String> labels(Manifest manifest, Adapter adapter, long count) {
    List<String> labels = adapter.record().labels();
    if (labels.isEmpty()) {
      return manifest.headLabels().size() == count
          ? manifest.headLabels()
          : IntStream.range(0, Math.toIntExact(count)).mapToObj("LABEL_%d"::formatted).toList();
    }
    if (labels.size() != count) {
      throw new IncompatibleAdapterException(
          "the adapter names %d labels, its head has %d".formatted(labels.size(), count));
    }
    return labels;
  }
}
