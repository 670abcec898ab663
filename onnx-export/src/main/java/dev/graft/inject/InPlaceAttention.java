package dev.graft.inject;

import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.GraphIndex;
import dev.graft.onnx.GraphOrder;
import dev.graft.onnx.Node;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces a decoder's attention by ONNX Runtime's {@code GroupQueryAttention}, which writes new
 * keys and values into the buffers of the past instead of making longer copies, and reads of each
 * row only what it has.
 *
 * <p>Past and present are then of one shape, {@code [B, heads, capacity, features]}, and one memory
 * if the caller feeds and fetches the same tensors. Instead of a mask the graph takes the lengths
 * of the rows, whose tokens lie side by side from the first column on. Of several new tokens per
 * row either none has a past, or there is one row.
 *
 * <p>Known is the form of attention that {@code dev.graft.family} builds; for inference only, since
 * the operator has no gradient.
 */
public final class InPlaceAttention {
  /** int32 {@code [B]}: the tokens of each row, new ones included, less one. */
  public static final String LENGTHS = "seqlens_k";

  /** int32 of rank 0: the tokens of the longest row, new ones included. */
  public static final String TOTAL = "total_sequence_length";

  /** The operator's kernel takes multiples of this, and of twice this with rotary positions. */
  private static final int FEATURES = 8;

  private static final List<Long> SWAP_HEADS = List.of(0L, 2L, 1L, 3L);

  private final Graph graph;
  private final DecoderInfo info;
  private final GraphIndex index;
  private final GraphBuilder builder;
  private final Set<Node> dropped = new HashSet<>();

  private InPlaceAttention(Graph graph, DecoderInfo info) {
    this.graph = graph;
    this.info = info;
    this.index = new GraphIndex(graph);
    this.builder = GraphBuilder.from(graph);
  }

  /** The graph with in-place attention in every layer; empty if a layer has another form. */
  public static Optional<Graph> apply(Graph graph, DecoderInfo info) {
    return new InPlaceAttention(graph, info).run();
  }

  private Optional<Graph> run() {
    if (info.headDim() % FEATURES != 0) {
      return Optional.empty();
    }
    builder.input(LENGTHS, ElementType.INT32, "batch");
    builder.input(TOTAL, ElementType.INT32);
    List<Node> fused = new ArrayList<>();
    for (int layer = 0; layer < info.layers(); layer++) {
      Optional<Node> attention = layer(layer);
      if (attention.isEmpty()) {
        return Optional.empty();
      }
      fused.add(attention.get());
    }
    List<Node> nodes = new ArrayList<>(fused);
    // The builder has nodes that the graph has not: those that flatten heads.
    builder.build().nodes().stream().filter(n -> !dropped.contains(n)).forEach(nodes::add);
    Graph built = GraphOrder.removeDeadCode(builder.nodes(nodes).build());
    return Optional.of(withoutUnusedInputs(withPresentTypes(built)));
  }

  /** The fused node of a layer. */
  private Optional<Node> layer(int layer) {
    Optional<Node> keys =
        appended(DecoderSignature.presentKey(layer), DecoderSignature.pastKey(layer));
    Optional<Node> values =
        appended(DecoderSignature.presentValue(layer), DecoderSignature.pastValue(layer));
    if (keys.isEmpty() || values.isEmpty()) {
      return Optional.empty();
    }
    Optional<Node> scores = reader(keys.get().output(0), "FusedMatMul");
    Optional<Node> mixed = reader(values.get().output(0), "MatMul");
    // Grouping queries is left out where every query head has keys of its own.
    Optional<Node> split = mixed.flatMap(n -> reader(n.output(0), "Reshape"));
    Optional<Node> joined =
        split
            .or(() -> mixed)
            .flatMap(n -> reader(n.output(0), "Transpose"))
            .filter(InPlaceAttention::swapsHeads)
            .flatMap(n -> reader(n.output(0), "Reshape"));
    if (scores.isEmpty() || joined.isEmpty() || !leadsTo(scores.get(), mixed.orElseThrow())) {
      return Optional.empty();
    }
    Optional<Long> heads =
        split.isPresent() ? heads(split.get()) : Optional.of((long) info.kvHeads());
    String queries = scores.get().input(0);
    Optional<Part> query = part(producer(queries, "Reshape").map(n -> n.input(0)).orElse(queries));
    Optional<Part> key = part(keys.get().input(1));
    Optional<Part> value = part(values.get().input(1));
    boolean known =
        heads.isPresent()
            && query.isPresent()
            && key.isPresent()
            && value.isPresent()
            && query.get().rotary().equals(key.get().rotary())
            && value.get().rotary().isEmpty();
    if (!known) {
      return Optional.empty();
    }
    dropped.addAll(List.of(keys.get(), values.get(), joined.get()));
    List<String> inputs =
        new ArrayList<>(
            List.of(
                query.get().flat(),
                key.get().flat(),
                value.get().flat(),
                DecoderSignature.pastKey(layer),
                DecoderSignature.pastValue(layer),
                LENGTHS,
                TOTAL));
    inputs.addAll(query.get().rotary());
    return Optional.of(
        new Node(
            mixed.get().name() + "/GroupQueryAttention",
            OpId.microsoft("GroupQueryAttention"),
            inputs,
            List.of(
                joined.get().output(0),
                DecoderSignature.presentKey(layer),
                DecoderSignature.presentValue(layer)),
            Map.of(
                "num_heads", Attribute.of(heads.get()),
                "kv_num_heads", Attribute.of(info.kvHeads()),
                "scale", Attribute.of(scores.get().floatAttribute("alpha", 1f)),
                "do_rotary", Attribute.of(query.get().rotary().isEmpty() ? 0 : 1))));
  }

  /** The node that appends to the past and gives the present. */
  private Optional<Node> appended(String present, String past) {
    return producer(present, "Concat")
        .filter(n -> n.inputs().size() == 2 && n.input(0).equals(past))
        .filter(n -> n.intAttribute("axis", 0) == 2);
  }

  private Optional<Node> producer(String value, String type) {
    return index.producer(value).filter(n -> n.op().type().equals(type));
  }

  /** The one node that reads a value. */
  private Optional<Node> reader(String value, String type) {
    List<Node> readers = index.consumers(value);
    return readers.size() == 1 && readers.get(0).op().type().equals(type)
        ? Optional.of(readers.get(0))
        : Optional.empty();
  }

  /** Whether masked and normalised scores are what values are mixed by. */
  private boolean leadsTo(Node scores, Node mixed) {
    boolean product =
        scores.intAttribute("transB", 0) == 1
            && scores.intAttribute("transA", 0) == 0
            && scores.intAttribute("transBatchA", 0) == 0
            && scores.intAttribute("transBatchB", 0) == 0;
    return product
        && reader(scores.output(0), "Reshape")
            .flatMap(n -> reader(n.output(0), "Add"))
            .filter(n -> isMask(n.input(1)))
            .flatMap(n -> reader(n.output(0), "Softmax"))
            .filter(n -> n.intAttribute("axis", -1) == -1)
            .flatMap(n -> reader(n.output(0), "Reshape"))
            .filter(n -> n.output(0).equals(mixed.input(0)))
            .isPresent();
  }

  /** Whether all layers add it: a mask, computed once. */
  private boolean isMask(String value) {
    return index.consumers(value).size() == info.layers()
        && index.consumers(value).stream().allMatch(n -> n.is("Add"))
        && graph.shapeOf(value).map(s -> s.rank() == 5).orElse(true);
  }

  /** Query heads, from the shape that the mixed values are given. */
  private Optional<Long> heads(Node split) {
    return index
        .constant(split.input(1))
        .map(Tensor::toDoubles)
        .filter(s -> s.length == 4 && s[1] > 0 && s[3] == info.headDim())
        .map(s -> (long) s[1]);
  }

  private static boolean swapsHeads(Node transpose) {
    return transpose.intsAttribute("perm").filter(SWAP_HEADS::equals).isPresent();
  }

  /**
   * Queries, keys or values.
   *
   * @param flat {@code [B, T, heads * features]}
   * @param rotary the tables of their rotary positions, cosines first; none without them
   */
  private record Part(String flat, List<String> rotary) {}

  /** What comes as {@code [B, heads, T, features]}, perhaps turned by its position. */
  private Optional<Part> part(String value) {
    Optional<Node> turned = producer(value, "RotaryEmbedding");
    if (turned.isPresent() && !isWholeRotary(turned.get())) {
      return Optional.empty();
    }
    List<String> tables = turned.map(n -> List.of(n.input(2), n.input(3))).orElseGet(List::of);
    return producer(turned.map(n -> n.input(0)).orElse(value), "Transpose")
        .filter(InPlaceAttention::swapsHeads)
        .map(n -> new Part(flat(n.input(0)), tables));
  }

  private boolean isWholeRotary(Node node) {
    return node.intAttribute("interleaved", 0) == 0
        && node.intAttribute("rotary_embedding_dim", 0) == 0
        && node.input(1).equals(DecoderSignature.POSITION_IDS)
        && info.headDim() % (2 * FEATURES) == 0
        && index
            .constant(node.input(2))
            .filter(t -> t.dims().size() == 2 && 2 * t.dims().get(1) == info.headDim())
            .isPresent();
  }

  /** {@code [B, T, heads, features]} with the last two axes as one. */
  private String flat(String value) {
    Optional<Node> reshape = producer(value, "Reshape");
    boolean wasFlat =
        reshape
            .flatMap(n -> graph.shapeOf(n.input(0)))
            .filter(shape -> shape.rank() == 3)
            .isPresent();
    return wasFlat ? reshape.get().input(0) : builder.op("Reshape", value, builder.longs(0, 0, -1));
  }

  private Graph withPresentTypes(Graph built) {
    Set<String> presents = new HashSet<>();
    for (int layer = 0; layer < info.layers(); layer++) {
      presents.add(DecoderSignature.presentKey(layer));
      presents.add(DecoderSignature.presentValue(layer));
    }
    TensorType type =
        TensorType.of(ElementType.FLOAT, "batch", info.kvHeads(), "capacity", info.headDim());
    return built
        .withOutputs(
            built.outputs().stream()
                .map(v -> presents.contains(v.name()) ? new Value(v.name(), type) : v)
                .toList())
        .withValueTypes(Map.of());
  }

  private static Graph withoutUnusedInputs(Graph built) {
    Set<String> read = new HashSet<>(built.outputNames());
    built.nodes().forEach(n -> read.addAll(GraphOrder.reads(n)));
    return built.withInputs(built.inputs().stream().filter(v -> read.contains(v.name())).toList());
  }
}
