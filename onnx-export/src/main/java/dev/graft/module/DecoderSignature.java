package dev.graft.module;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a text decoder takes and gives, under the names that exporters agree on.
 *
 * @param inputs the names of its int64 inputs, in graph order
 * @param layers how many layers have past keys and values
 * @param hiddenState the value that the head is applied to, float {@code [B, T, H]}
 * @param head the node that makes logits {@code [B, T, V]} of it
 */
public record DecoderSignature(List<String> inputs, int layers, String hiddenState, Node head) {
  public static final String INPUT_IDS = EncoderSignature.INPUT_IDS;
  public static final String ATTENTION_MASK = EncoderSignature.ATTENTION_MASK;
  public static final String POSITION_IDS = "position_ids";
  public static final String LOGITS = "logits";

  /** How the names of inputs with past keys and values begin. */
  public static final String PAST_PREFIX = "past_key_values.";

  private static final List<String> TOKEN_INPUTS = List.of(INPUT_IDS, ATTENTION_MASK, POSITION_IDS);

  public DecoderSignature {
    inputs = List.copyOf(inputs);
  }

  /** The input with the keys of earlier tokens, float {@code [B, heads, past, features]}. */
  public static String pastKey(int layer) {
    return PAST_PREFIX + "%d.key".formatted(layer);
  }

  /** The input with the values of earlier tokens. */
  public static String pastValue(int layer) {
    return PAST_PREFIX + "%d.value".formatted(layer);
  }

  /** The output with the keys of all tokens so far. */
  public static String presentKey(int layer) {
    return "present.%d.key".formatted(layer);
  }

  /** The output with the values of all tokens so far. */
  public static String presentValue(int layer) {
    return "present.%d.value".formatted(layer);
  }

  /** The inputs with past keys and values, layer by layer, the key first. */
  public List<String> pastInputs() {
    return named(DecoderSignature::pastKey, DecoderSignature::pastValue);
  }

  /** The outputs with present keys and values, in the order of {@link #pastInputs()}. */
  public List<String> presentOutputs() {
    return named(DecoderSignature::presentKey, DecoderSignature::presentValue);
  }

  private interface LayerName {
    String of(int layer);
  }

  private List<String> named(LayerName key, LayerName value) {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      names.add(key.of(layer));
      names.add(value.of(layer));
    }
    return names;
  }

  /** Whether a graph looks like a decoder's: it gives logits and takes past keys. */
  public static boolean fits(Graph graph) {
    return graph.output(LOGITS).isPresent() && graph.input(pastKey(0)).isPresent();
  }

  /**
   * Reads the signature off a graph.
   *
   * @throws IllegalArgumentException if it is not that of a text decoder
   */
  public static DecoderSignature of(Graph graph) {
    int layers = layers(graph);
    Node head = head(graph);
    return new DecoderSignature(tokenInputs(graph), layers, head.input(0), head);
  }

  private static List<String> tokenInputs(Graph graph) {
    return graph.inputNames().stream().filter(TOKEN_INPUTS::contains).toList();
  }

  /**
   * Counts the layers by the inputs and outputs of a graph, in whatever form its nodes are.
   *
   * @throws IllegalArgumentException if they are not those of a text decoder
   */
  public static int layers(Graph graph) {
    List<String> tokens = tokenInputs(graph);
    TreeMap<String, Value> past = new TreeMap<>();
    for (Value input : graph.inputs()) {
      if (tokens.contains(input.name())) {
        requireLongs(input);
      } else {
        past.put(input.name(), input);
      }
    }
    for (String required : TOKEN_INPUTS) {
      if (!tokens.contains(required)) {
        throw new IllegalArgumentException(
            "the graph has no input '%s', found %s; export it with %s, since rows of a batch begin at columns of their own"
                .formatted(required, graph.inputNames(), TOKEN_INPUTS));
      }
    }
    return layers(graph, past);
  }

  private static void requireLongs(Value input) {
    if (input.type().elementType() != ElementType.INT64) {
      throw new IllegalArgumentException(
          "graph input '%s' is %s; a text decoder takes int64 there"
              .formatted(input.name(), input.type()));
    }
  }

  private static int layers(Graph graph, TreeMap<String, Value> past) {
    int layers = 0;
    while (past.containsKey(pastKey(layers)) && past.containsKey(pastValue(layers))) {
      past.remove(pastKey(layers));
      past.remove(pastValue(layers));
      for (String present : List.of(presentKey(layers), presentValue(layers))) {
        if (graph.output(present).isEmpty()) {
          throw new IllegalArgumentException(
              "the graph takes '%s' but does not give '%s'; export the model with its key-value cache"
                  .formatted(pastKey(layers), present));
        }
      }
      layers++;
    }
    if (layers == 0 || !past.isEmpty()) {
      throw new IllegalArgumentException(
          layers == 0
              ? "the graph has no input '%s'; a text decoder is exported with its key-value cache (task text-generation-with-past)"
                  .formatted(pastKey(0))
              : "the graph takes inputs that are not known: %s; a text decoder takes %s and past_key_values"
                  .formatted(past.keySet(), TOKEN_INPUTS));
    }
    return layers;
  }

  /** The product that gives the logits, perhaps through nodes that change no value. */
  private static Node head(Graph graph) {
    GraphIndex index = new GraphIndex(graph);
    Optional<Node> node = index.producer(LOGITS);
    while (node.isPresent() && (node.get().is("Identity") || isFloatCast(node.get()))) {
      node = index.producer(node.get().input(0));
    }
    return node.filter(n -> n.is("MatMul") || n.is("Gemm") || n.op().type().equals("FusedMatMul"))
        .filter(n -> graph.initializers().containsKey(n.input(1)))
        .filter(n -> n.inputs().size() == 2 || n.input(2).isEmpty())
        .filter(n -> graph.shapeOf(n.input(0)).map(Shape::rank).orElse(3) == 3)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "output '%s' is not the product of hidden states [batch, tokens, hidden] with a weight, but of %s; only such decoders are supported"
                        .formatted(
                            LOGITS, index.producer(LOGITS).map(Node::describe).orElse("no node"))));
  }

  private static boolean isFloatCast(Node node) {
    return node.is("Cast") && node.intAttribute("to", 0) == ElementType.FLOAT.number();
  }

  /** Heads and features of keys, from the type of the first past input; empty if not fixed. */
  public static Optional<List<Long>> heads(Graph graph) {
    return graph
        .shapeOf(pastKey(0))
        .filter(shape -> shape.rank() == 4)
        .map(shape -> Shape.of(shape.dim(1), shape.dim(3)))
        .filter(Shape::isStatic)
        .map(Shape::sizes);
  }
}
