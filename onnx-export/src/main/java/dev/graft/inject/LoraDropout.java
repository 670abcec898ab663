package dev.graft.inject;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Shape;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import dev.graft.onnx.shape.ShapeInference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts dropout before A of every LoRA module of a training graph, as PEFT's {@code lora_dropout}:
 * {@code y = x W + ((x * keep) A B) / (1 - p)}.
 *
 * <p>The graph is one that has been differentiated, so that a bundle's training graph serves with
 * and without dropout. A occurs in it in three kinds of products, and in no other node:
 *
 * <pre>
 * low  = x A                 becomes  low  = (x * keep) A / (1 - p)
 * dA   = x^T dlow            becomes  dA   = (x * keep)^T dlow / (1 - p)
 * dx   = dlow A^T            becomes  dx   = (dlow A^T / (1 - p)) * keep
 * </pre>
 *
 * <p>All others, such as dB, follow from these. The division is the {@code alpha} of the products
 * and costs nothing.
 *
 * <p>{@code keep} is an input, so that its values depend on nothing that ONNX Runtime does: one
 * byte per feature of x. Only it and x, which modules share, live from the forward to the backward
 * pass; their product is computed again.
 */
public final class LoraDropout {
  private static final String KEEP = ".lora_keep";
  private static final String A = LoraInjection.inputA("");
  private static final OpId FUSED_MAT_MUL = OpId.microsoft("FusedMatMul");
  private static final Map<String, Attribute> TO_FLOAT =
      Map.of("to", Attribute.of(ElementType.FLOAT.number()));
  private static final Map<String, Attribute> ROWS = Map.of("axis", Attribute.of(-1));

  private final GraphIndex index;
  private final GraphBuilder builder;
  private final double factor;

  /**
   * The products of one module.
   *
   * @param x what A multiplies where its gradient is computed
   * @param low the gradient of {@code x A}
   * @param forward {@code x A}, more than one where the backward pass computes x again
   * @param gradient {@code x^T dlow}
   * @param back {@code dlow A^T}; none where nothing below the module is trained
   */
  private record Products(
      String module, String x, String low, List<Node> forward, Node gradient, List<Node> back) {}

  private LoraDropout(Graph graph, double probability) {
    this.index = new GraphIndex(graph);
    this.builder = GraphBuilder.from(graph);
    this.factor = 1 / (1 - probability);
  }

  /** The name of the input that says which features of a module's x are kept; bool, shaped as x. */
  public static String keepInput(String module) {
    return module + KEEP;
  }

  /** The module whose {@link #keepInput} an input is; empty for any other input. */
  public static Optional<String> moduleOf(String input) {
    return input.endsWith(KEEP)
        ? Optional.of(input.substring(0, input.length() - KEEP.length()))
        : Optional.empty();
  }

  /**
   * Rewrites a training graph.
   *
   * @param probability that a feature is dropped; in [0, 1). With 0 the graph stays as it is
   * @throws IllegalArgumentException if the probability is out of range, or the graph uses an A in
   *     another way than a bundle's training graph does
   */
  public static Graph apply(Graph training, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          "the probability of dropout must be in [0, 1), found %s".formatted(probability));
    }
    return probability == 0
        ? training
        : new LoraDropout(ShapeInference.infer(training), probability).run();
  }

  private Graph run() {
    Graph graph = index.graph();
    List<Products> all =
        graph.inputNames().stream()
            .filter(input -> input.endsWith(A))
            .map(input -> products(input.substring(0, input.length() - A.length())))
            .toList();
    Set<Node> replaced = new HashSet<>();
    for (Products products : all) {
      replaced.addAll(products.forward());
      replaced.add(products.gradient());
      replaced.addAll(products.back());
    }
    builder.nodes(graph.nodes().stream().filter(n -> !replaced.contains(n)).toList());
    all.forEach(this::drop);
    Graph built = builder.build();
    return built.withNodes(inPlace(graph.nodes(), replaced, built.nodes()));
  }

  /**
   * The new nodes in the places of those that they replace: the order of a backward pass is the
   * order in which it should run.
   *
   * @param after the kept nodes and the new ones
   */
  private static List<Node> inPlace(List<Node> before, Set<Node> replaced, List<Node> after) {
    Map<String, Node> added = new HashMap<>();
    Set<Node> known = new HashSet<>(before);
    after.stream()
        .filter(node -> !known.contains(node))
        .forEach(node -> node.outputs().forEach(output -> added.put(output, node)));
    List<Node> placed = new ArrayList<>(after.size());
    for (Node node : before) {
      if (replaced.contains(node)) {
        place(node.output(0), added, placed);
      } else {
        placed.add(node);
      }
    }
    return placed;
  }

  /** Appends the new node that a value comes from, behind the new ones it needs. */
  private static void place(String value, Map<String, Node> added, List<Node> placed) {
    Node node = added.remove(value);
    if (node != null) {
      node.inputs().forEach(input -> place(input, added, placed));
      placed.add(node);
    }
  }

  // Finding.

  private Products products(String module) {
    String a = LoraInjection.inputA(module);
    Node gradient = gradientProduct(module);
    String x = unflattened(gradient.input(0));
    String low = unflattened(gradient.input(1));
    List<Node> forward = new ArrayList<>();
    List<Node> back = new ArrayList<>();
    for (Node node : index.consumers(a)) {
      if (isProduct(node, a, false)) {
        forward.add(node);
      } else if (isProduct(node, a, true) && node.input(0).equals(low)) {
        back.add(node);
      } else {
        throw unknownUse(module, node);
      }
    }
    if (forward.stream().noneMatch(node -> node.input(0).equals(x))) {
      throw unknownUse(module, gradient);
    }
    return new Products(module, x, low, forward, gradient, back);
  }

  /** The product that the output with the gradient of a module's A comes from. */
  private Node gradientProduct(String module) {
    String output = SlotSpecialization.gradientOf(LoraInjection.inputA(module));
    Optional<Node> node = index.producer(output);
    while (node.isPresent() && node.get().is("Identity")) {
      node = index.producer(node.get().input(0));
    }
    return node.filter(n -> n.op().equals(FUSED_MAT_MUL))
        .filter(n -> transA(n) && !transB(n) && !transposesBatch(n))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "cannot add dropout to module '%s': '%s' is not a product of x transposed, as the training graph of a bundle has it; export the model again"
                        .formatted(module, output)));
  }

  /** {@code value A} or, transposed, {@code value A^T}, A being read nowhere else in the node. */
  private static boolean isProduct(Node node, String a, boolean transposed) {
    return (node.is("MatMul") || node.op().equals(FUSED_MAT_MUL))
        && node.input(1).equals(a)
        && !node.input(0).equals(a)
        && !transA(node)
        && transB(node) == transposed
        && !transposesBatch(node);
  }

  private static boolean transA(Node node) {
    return node.intAttribute("transA", 0) != 0;
  }

  private static boolean transB(Node node) {
    return node.intAttribute("transB", 0) != 0;
  }

  private static boolean transposesBatch(Node node) {
    return node.intAttribute("transBatchA", 0) != 0 || node.intAttribute("transBatchB", 0) != 0;
  }

  /** The value that a {@code Flatten} to rows reads, or the value itself. */
  private String unflattened(String value) {
    return index.producer(value).filter(n -> n.is("Flatten")).map(n -> n.input(0)).orElse(value);
  }

  private static IllegalArgumentException unknownUse(String module, Node node) {
    return new IllegalArgumentException(
        "cannot add dropout to module '%s': %s uses its A or its input in a way that is not known; export the model again"
            .formatted(module, node.describe()));
  }

  // Rewriting.

  private void drop(Products products) {
    Shape shape = shapeOfX(products);
    String keep =
        builder.input(
            new Value(keepInput(products.module()), TensorType.of(ElementType.BOOL, shape)));
    Set<String> seen = new HashSet<>();
    for (Node node : products.forward()) {
      String x = node.input(0);
      String own = seen.isEmpty() ? keep : builder.op("Reshape", keep, builder.op("Shape", x));
      seen.add(x);
      builder.addNode(scaled(node, builder.op("Mul", x, builder.op("Cast", TO_FLOAT, own))));
    }
    String late = lateFloats(keep, products.low(), shape);
    String kept = builder.op("Mul", products.x(), late);
    boolean flat = !products.gradient().input(0).equals(products.x());
    builder.addNode(scaled(products.gradient(), flat ? builder.op("Flatten", ROWS, kept) : kept));
    for (Node node : products.back()) {
      String whole = builder.fresh(node.output(0) + "_whole");
      builder.addNode(scaled(node, node.input(0)).withOutputs(List.of(whole)));
      builder.addNode(
          new Node(
              node.name() + "/keep",
              OpId.onnx("Mul"),
              List.of(whole, late),
              node.outputs(),
              Map.of()));
    }
  }

  private Shape shapeOfX(Products products) {
    Graph graph = index.graph();
    String a = LoraInjection.inputA(products.module());
    return graph
        .shapeOf(products.x())
        .filter(x -> x.rank() > 0)
        .flatMap(x -> graph.shapeOf(a).map(factor -> withLast(x, factor.dim(0))))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "cannot add dropout to module '%s': the rank of its input '%s' is not known; export the model again"
                        .formatted(products.module(), products.x())));
  }

  private static Shape withLast(Shape shape, Dim last) {
    List<Dim> dims = new ArrayList<>(shape.dims());
    dims.set(dims.size() - 1, last);
    return new Shape(dims);
  }

  /**
   * {@code keep} as floats for the backward pass. It takes its shape from a gradient, so that it is
   * not made before there is one, nor taken for the one of the forward pass, which would have to
   * live as long.
   */
  private String lateFloats(String keep, String low, Shape shape) {
    if (!(shape.dim(-1) instanceof Dim.Fixed features)) {
      throw new IllegalArgumentException(
          "cannot add dropout to '%s': the number of its features is not known".formatted(keep));
    }
    String rows = builder.op("Shape", Map.of("end", Attribute.of(-1)), low);
    String whole =
        builder.op("Concat", Map.of("axis", Attribute.of(0)), rows, builder.longs(features.size()));
    return builder.op("Cast", TO_FLOAT, builder.op("Reshape", keep, whole));
  }

  /** A product of another value, times {@code 1 / (1 - p)}. */
  private Node scaled(Node product, String first) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(product.attributes());
    attributes.put("alpha", Attribute.of(factor * product.floatAttribute("alpha", 1)));
    return new Node(
        product.name(),
        FUSED_MAT_MUL,
        List.of(first, product.input(1)),
        product.outputs(),
        attributes);
  }
}
