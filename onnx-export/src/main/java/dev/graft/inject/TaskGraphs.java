package dev.graft.inject;

import dev.graft.autodiff.Autodiff;
import dev.graft.autodiff.Gradient;
import dev.graft.module.EncoderSignature;
import dev.graft.module.LinearModule;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Assembles the graphs of a bundle from a prepared encoder. */
public final class TaskGraphs {
  /** Float {@code [B, H]}: the pooled hidden state, not normalised. */
  public static final String EMBEDDING = "embedding";

  /** Float {@code [B, T, H]}. */
  public static final String LAST_HIDDEN_STATE = "last_hidden_state";

  private final Graph base;
  private final EncoderSignature encoder;
  private final long hiddenSize;
  private final Pooling pooling;
  private final List<LinearModule> slots;

  public TaskGraphs(
      Graph base,
      EncoderSignature encoder,
      long hiddenSize,
      Pooling pooling,
      List<LinearModule> slots) {
    this.base = base;
    this.encoder = encoder;
    this.hiddenSize = hiddenSize;
    this.pooling = pooling;
    this.slots = List.copyOf(slots);
  }

  /** Loss and logits of a classifier, one adapter and its head for all rows. */
  public Graph eval(ClassificationHead head) {
    GraphBuilder b =
        GraphBuilder.from(LoraInjection.single(base, slots)).name("eval").clearOutputs();
    String pooled = PooledEncoder.add(b, encoder, pooling);
    String logits = head.single(b, pooled, hiddenSize);
    String loss = CrossEntropyLoss.add(b, logits);
    b.output(loss, CrossEntropyLoss.LOSS, TensorType.of(ElementType.FLOAT));
    b.output(
        logits, ClassificationHead.LOGITS, TensorType.of(ElementType.FLOAT, "batch", "labels"));
    return finish(b);
  }

  /** The graph of {@link #eval} with one gradient output per adapter tensor. */
  public Graph training(Graph eval, ClassificationHead head) {
    List<String> trainable = new ArrayList<>();
    for (LinearModule slot : slots) {
      trainable.add(LoraInjection.inputA(slot.path()));
      trainable.add(LoraInjection.inputB(slot.path()));
    }
    trainable.addAll(head.tensors());
    Gradient gradient = Autodiff.differentiate(eval, CrossEntropyLoss.LOSS, trainable);
    GraphBuilder b = GraphBuilder.from(gradient.graph()).name("training");
    for (String input : trainable) {
      String value = gradient.gradientOf().get(input);
      if (value == null) {
        throw new IllegalStateException("the loss does not depend on '%s'".formatted(input));
      }
      b.output(
          value,
          SlotSpecialization.gradientOf(input),
          eval.typeOf(input).orElseThrow(() -> new IllegalStateException(input)));
    }
    return finish(b);
  }

  /** Embeddings, and logits if there is a head, with an adapter of its own per row. */
  public Graph inference(Optional<ClassificationHead> head) {
    GraphBuilder b =
        GraphBuilder.from(LoraInjection.stacked(base, slots)).name("inference").clearOutputs();
    String pooled = PooledEncoder.add(b, encoder, pooling);
    head.ifPresent(
        it ->
            b.output(
                it.stacked(b, pooled, hiddenSize),
                ClassificationHead.LOGITS,
                TensorType.of(ElementType.FLOAT, "batch", "labels")));
    TensorType vector = TensorType.of(ElementType.FLOAT, "batch", hiddenSize);
    b.output(pooled, EMBEDDING, vector);
    TensorType states = TensorType.of(ElementType.FLOAT, "batch", "tokens", hiddenSize);
    if (encoder.hiddenState().equals(LAST_HIDDEN_STATE)) {
      b.output(LAST_HIDDEN_STATE, states);
    } else {
      b.output(encoder.hiddenState(), LAST_HIDDEN_STATE, states);
    }
    return finish(b);
  }

  private static Graph finish(GraphBuilder b) {
    return ShapeInference.infer(GraphOrder.removeDeadCode(b.build()));
  }
}
