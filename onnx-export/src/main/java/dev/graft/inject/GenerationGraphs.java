package dev.graft.inject;

import dev.graft.autodiff.Autodiff;
import dev.graft.autodiff.Gradient;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.module.LinearModule;
import dev.graft.module.LinearModules;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Assembles the graphs of a bundle from a prepared decoder.
 *
 * <p>Logits are computed only where they are needed: at labelled positions in training, at one
 * position per row in inference. The vocabulary is the largest matrix of a small decoder.
 */
public final class GenerationGraphs {
  /** int64 {@code [B]}: the column of each row whose logits are wanted. */
  public static final String LAST_TOKEN = "last_token";

  /** What the head gives for the picked rows. */
  private static final String HEAD_OUTPUT = "head_output";

  /** The same, with what an adapter of the head adds. */
  private static final String PICKED_LOGITS = "picked_logits";

  private final Graph base;
  private final DecoderSignature decoder;
  private final DecoderInfo info;
  private final long hiddenSize;
  private final Set<String> slots;
  private final HeadChunks chunks;

  /**
   * Prepares the assembly.
   *
   * @param slots the paths of the modules that get a slot
   */
  public GenerationGraphs(
      Graph base, DecoderSignature decoder, DecoderInfo info, long hiddenSize, Set<String> slots) {
    this.base = base;
    this.decoder = decoder;
    this.info = info;
    this.hiddenSize = hiddenSize;
    this.slots = Set.copyOf(slots);
    this.chunks = HeadChunks.of(info.vocabSize());
  }

  /** Loss and predictions with one LoRA adapter for all rows. */
  public Graph loraEval() {
    return eval(lora(picked(PastKeyValues.none(base, decoder, info))));
  }

  /** {@link #loraEval()} with one gradient output per adapter tensor instead of predictions. */
  public Graph loraTraining() {
    Graph forward = lora(picked(PastKeyValues.none(base, decoder, info)));
    List<String> trainable =
        forward.inputNames().stream().filter(name -> isLora(name, forward)).toList();
    return training(forward, trainable);
  }

  /** Loss and predictions with one prefix for all rows. */
  public Graph prefixEval() {
    return eval(picked(PastKeyValues.prefix(base, decoder, info)));
  }

  /** {@link #prefixEval()} with one gradient output per prefix tensor instead of predictions. */
  public Graph prefixTraining() {
    Graph forward = picked(PastKeyValues.prefix(base, decoder, info));
    List<String> trainable = new ArrayList<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      trainable.add(PrefixInputs.key(layer));
      trainable.add(PrefixInputs.value(layer));
    }
    return training(forward, trainable);
  }

  /** Logits of one position per row and the cache, with a LoRA adapter of its own per row. */
  public Graph inference() {
    GraphBuilder b = GraphBuilder.from(base).name("inference").clearOutputs();
    String last = b.input(LAST_TOKEN, ElementType.INT64, "batch");
    String picked =
        b.op(
            "GatherND",
            Map.of("batch_dims", Attribute.of(1)),
            decoder.hiddenState(),
            b.op("Unsqueeze", last, b.longs(1)));
    moveHead(b, picked);
    Graph cut = typed(b);
    GraphBuilder out = GraphBuilder.from(LoraInjection.stacked(cut, modules(cut)));
    out.output(
        PICKED_LOGITS,
        DecoderSignature.LOGITS,
        TensorType.of(ElementType.FLOAT, "batch", info.vocabSize()));
    for (String present : decoder.presentOutputs()) {
      Value value = base.output(present).orElseThrow();
      out.output(present, value.type());
    }
    return finish(out);
  }

  /**
   * Makes of an inference graph without slots one that gives logits {@code [B, T, V]} of every
   * position, as other programs expect them of a decoder.
   */
  public static Graph everyPosition(Graph inference) {
    List<Node> nodes = new ArrayList<>();
    Map<String, String> whole = new HashMap<>();
    for (Node node : inference.nodes()) {
      boolean picks = node.is("GatherND") && node.intAttribute("batch_dims", 0) == 1;
      if (picks && readsLastToken(inference, node)) {
        whole.put(node.output(0), node.input(0));
      }
      nodes.add(node.mapInputs(in -> whole.getOrDefault(in, in)));
    }
    if (whole.size() != 1) {
      throw new IllegalArgumentException(
          "graph '%s' picks no single position by '%s'".formatted(inference.name(), LAST_TOKEN));
    }
    List<Value> inputs =
        inference.inputs().stream().filter(v -> !v.name().equals(LAST_TOKEN)).toList();
    List<Value> outputs = new ArrayList<>();
    for (Value output : inference.outputs()) {
      boolean logits = output.name().equals(DecoderSignature.LOGITS);
      long vocabulary = logits ? lastSize(output) : 0;
      outputs.add(
          logits
              ? new Value(
                  output.name(), TensorType.of(ElementType.FLOAT, "batch", "tokens", vocabulary))
              : output);
    }
    Graph graph =
        inference.withNodes(nodes).withInputs(inputs).withOutputs(outputs).withValueTypes(Map.of());
    return ShapeInference.infer(GraphOrder.removeDeadCode(graph));
  }

  private static boolean readsLastToken(Graph graph, Node gather) {
    return graph.nodes().stream()
        .anyMatch(n -> n.outputs().contains(gather.input(1)) && n.inputs().contains(LAST_TOKEN));
  }

  private static long lastSize(Value value) {
    return value
        .type()
        .shape()
        .map(shape -> shape.dim(-1))
        .map(dim -> dim instanceof Dim.Fixed fixed ? fixed.size() : -1L)
        .orElse(-1L);
  }

  /** Computes logits of the labelled positions only. */
  private Graph picked(Graph graph) {
    GraphBuilder b = GraphBuilder.from(graph);
    String positions = b.input(CausalLmLoss.LABEL_POSITIONS, ElementType.INT64, "labelled");
    String flat = b.op("Reshape", decoder.hiddenState(), b.longs(-1, hiddenSize));
    moveHead(b, b.op("Gather", Map.of("axis", Attribute.of(0)), flat, positions));
    return typed(b);
  }

  /** Lets the head read some rows only and gives their logits the name {@link #PICKED_LOGITS}. */
  private void moveHead(GraphBuilder b, String rows) {
    Node head = decoder.head();
    List<Node> nodes = new ArrayList<>();
    for (Node node : b.build().nodes()) {
      boolean isHead = node.outputs().equals(head.outputs());
      nodes.add(
          isHead
              ? new Node(
                  node.name(),
                  node.op(),
                  List.of(rows, node.input(1)),
                  List.of(HEAD_OUTPUT),
                  node.attributes())
              : node);
    }
    // Adapters are added before this node, so that it has their part whether there is one or not.
    nodes.add(
        new Node(
            PICKED_LOGITS,
            OpId.onnx("Identity"),
            List.of(HEAD_OUTPUT),
            List.of(PICKED_LOGITS),
            Map.of()));
    b.nodes(nodes);
  }

  private List<LinearModule> modules(Graph graph) {
    return LinearModules.find(graph).stream().filter(m -> slots.contains(m.path())).toList();
  }

  private Graph lora(Graph graph) {
    return LoraInjection.single(graph, modules(graph));
  }

  private static boolean isLora(String input, Graph graph) {
    return graph.typeOf(input).map(t -> t.elementType() == ElementType.FLOAT).orElse(false);
  }

  private Graph eval(Graph forward) {
    HeadChunks.Parts parts = parts(forward);
    GraphBuilder b = GraphBuilder.from(parts.graph()).name("eval");
    CausalLmLoss.Added added = CausalLmLoss.add(b, chunks, parts);
    b.output(added.loss(), CausalLmLoss.LOSS, TensorType.of(ElementType.FLOAT));
    b.output(
        added.predictions(),
        CausalLmLoss.PREDICTIONS,
        TensorType.of(ElementType.INT64, "labelled"));
    return finish(b);
  }

  private HeadChunks.Parts parts(Graph forward) {
    GraphBuilder b = GraphBuilder.from(forward);
    b.input(CausalLmLoss.LABELS, ElementType.INT64, "labelled");
    return chunks.split(b.build(), PICKED_LOGITS, CausalLmLoss.LABELS);
  }

  private Graph training(Graph forward, List<String> trainable) {
    HeadChunks.Parts parts = parts(forward);
    GraphBuilder f = GraphBuilder.from(parts.graph()).name("training");
    CausalLmLoss.Added added = CausalLmLoss.add(f, chunks, parts);
    f.output(added.loss(), CausalLmLoss.LOSS, TensorType.of(ElementType.FLOAT));
    Graph withLoss = ShapeInference.infer(f.build());
    Gradient gradient = Autodiff.pullBack(withLoss, added.gradients(), trainable);
    GraphBuilder b = GraphBuilder.from(gradient.graph());
    for (String input : trainable) {
      String value = gradient.gradientOf().get(input);
      if (value == null) {
        throw new IllegalStateException("the loss does not depend on '%s'".formatted(input));
      }
      b.output(
          value,
          SlotSpecialization.gradientOf(input),
          forward.typeOf(input).orElseThrow(() -> new IllegalStateException(input)));
    }
    return finish(b);
  }

  private static Graph typed(GraphBuilder b) {
    return ShapeInference.infer(b.build().withValueTypes(Map.of()));
  }

  private static Graph finish(GraphBuilder b) {
    return ShapeInference.infer(GraphOrder.removeDeadCode(b.build()));
  }
}
