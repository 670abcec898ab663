package dev.graft.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.format.JsonFields;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadLayer;
import dev.graft.inject.Pooling;
import dev.graft.onnx.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads the head of a sequence classifier off a checkpoint, and refuses what is none. */
final class SequenceHeadReader {
  private static final String SEQUENCE_CLASSIFIER = "ForSequenceClassification";
  private static final String ONE_OF_SEVERAL = "single_label_classification";

  /** Transformers' default of {@code initializer_range}. */
  private static final double USUAL_RANGE = 0.02;

  private final Checkpoint checkpoint;
  private final JsonFields config;
  private final String encoder;
  private final FamilyHead shape;
  private final long hidden;
  private final SortedMap<String, Tensor> stored;

  /**
   * Prepares reading.
   *
   * @param encoder what models with a head call their encoder
   * @param stored the checkpoint's tensors that are no part of the encoder
   */
  SequenceHeadReader(
      Checkpoint checkpoint,
      String encoder,
      FamilyHead shape,
      long hidden,
      SortedMap<String, Tensor> stored)
      throws IOException {
    this.checkpoint = checkpoint;
    this.config = checkpoint.config();
    this.encoder = encoder;
    this.shape = shape;
    this.hidden = hidden;
    this.stored = stored;
  }

  /** Whether a configuration is of a model with a head for sequence classification. */
  static boolean isSequenceClassifier(JsonFields config) {
    return config.items("architectures").stream()
        .anyMatch(name -> name.asText().endsWith(SEQUENCE_CLASSIFIER));
  }

  /**
   * Reads it.
   *
   * @param hasPooler whether the checkpoint has a pooler
   */
  SequenceHead read(boolean hasPooler) throws IOException {
    if (shape.pooling() == Pooling.POOLER && !hasPooler) {
      throw new CheckpointException(
          checkpoint.directory(),
          "has no pooler.dense.weight, with which the family's head begins; export it with --head"
              + " pooled");
    }
    ClassificationHead head = new ClassificationHead(encoder, shape.layers(), initializerRange());
    if (!isSequenceClassifier(config)) {
      return new SequenceHead(shape.pooling(), head, new TreeMap<>(), List.of());
    }
    requireOneOfSeveral();
    requireNoOthers(head);
    long labels = tensor(head.last().weight()).dims().stream().findFirst().orElse(0L);
    if (labels == 1) {
      throw new CheckpointException(
          checkpoint.directory(),
          "tensor '%s' of the head has 1 row, so the model was trained for a regression; only classifiers are supported, export it with --head pooled"
              .formatted(head.last().weight()));
    }
    SortedMap<String, FloatTensor> weights = new TreeMap<>();
    for (HeadLayer layer : head.layers()) {
      List<Long> expected = head.weightShape(layer, hidden, labels);
      weights.put(layer.weight(), tensor(layer.weight(), expected));
      weights.put(layer.bias(), tensor(layer.bias(), expected.subList(0, 1)));
    }
    return new SequenceHead(shape.pooling(), head, weights, labels(labels));
  }

  private OptionalDouble initializerRange() {
    double range = config.value("initializer_range").map(JsonNode::doubleValue).orElse(USUAL_RANGE);
    return OptionalDouble.of(range > 0 && Double.isFinite(range) ? range : USUAL_RANGE);
  }

  private void requireOneOfSeveral() throws IOException {
    String problem = config.text("problem_type").orElse(ONE_OF_SEVERAL);
    if (!problem.equals(ONE_OF_SEVERAL)) {
      throw new CheckpointException(
          config.path(),
          "field 'problem_type' is \"%s\"; only \"%s\" is supported; export it with --head pooled"
              .formatted(problem, ONE_OF_SEVERAL));
    }
  }

  /** Tensors inside of the head's modules that the head has not are of another kind of head. */
  private void requireNoOthers(ClassificationHead head) throws CheckpointException {
    List<String> expected = head.tensors();
    List<String> modules = head.layers().stream().map(layer -> top(layer.module())).toList();
    List<String> extra =
        stored.keySet().stream()
            .filter(name -> modules.contains(top(name)) && !expected.contains(name))
            .toList();
    if (!extra.isEmpty()) {
      throw new CheckpointException(
          checkpoint.directory(),
          "has the tensors %s, and the head of its family has %s; the model is of another kind, export it with --head pooled"
              .formatted(extra, expected));
    }
  }

  private static String top(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  private Tensor tensor(String name) throws CheckpointException {
    Tensor tensor = stored.get(name);
    if (tensor == null) {
      throw new CheckpointException(
          checkpoint.directory(),
          "has no tensor '%s', which the head of its family needs; found %s; download the checkpoint again, or export it with --head pooled"
              .formatted(name, stored.keySet()));
    }
    return tensor;
  }

  private FloatTensor tensor(String name, List<Long> expected) throws CheckpointException {
    Tensor tensor = tensor(name);
    if (!tensor.dims().equals(expected) || expected.contains(0L)) {
      throw new CheckpointException(
          checkpoint.directory(),
          "tensor '%s' of the head has shape %s, expected %s; the files are not of one model"
              .formatted(name, tensor.dims(), expected));
    }
    return FloatTensor.wrap(expected, tensor.toFloats());
  }

  /** The names in {@code id2label}, or numbers as Transformers makes them. */
  private List<String> labels(long count) throws IOException {
    ObjectNode named = config.object("id2label");
    if (!named.isEmpty() && named.size() != count) {
      throw config.bad(
          "id2label",
          "names %d labels, and the head has %d; the files are not of one model"
              .formatted(named.size(), count));
    }
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JsonNode name = named.get(Integer.toString(i));
      if (!named.isEmpty() && (name == null || name.asText().isBlank())) {
        throw config.bad("id2label", "has no label %d; expected 0 to %d".formatted(i, count - 1));
      }
      labels.add(name == null ? "LABEL_" + i : name.asText());
    }
    if (labels.stream().distinct().count() != count) {
      throw config.bad("id2label", "names a label twice: %s".formatted(labels));
    }
    return labels;
  }
}
