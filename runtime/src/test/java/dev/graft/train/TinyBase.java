package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.LoraDropout;
import dev.graft.inject.OptimizerGraph;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.ort.ModelSource;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.SessionSettings;
import dev.graft.text.TinyTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;

/**
 * A base of two linear modules over the mean of word vectors, with gradients derived by hand:
 *
 * <pre>
 * x = masked mean of the word vectors
 * t = tanh(x W0 + x A0 B0)
 * h = t W1 + t A1 B1
 * logits = h Wc + bc
 * </pre>
 *
 * <p>With dropout, A0 and A1 see x and t with features dropped.
 */
final class TinyBase implements TrainingModels {
  static final int HIDDEN = 6;
  static final int VOCABULARY = 12;
  static final List<String> MODULES = List.of("layer.0.query", "layer.1.query");

  private static final Map<String, Attribute> NO_KEEP = Map.of("keepdims", Attribute.of(0));
  private static final Map<String, Attribute> TO_FLOAT =
      Map.of("to", Attribute.of(ElementType.FLOAT.number()));

  private final Path folder;
  private final String digest;
  private final boolean frozen;

  private TinyBase(Path folder, String digest, boolean frozen) {
    this.folder = folder;
    this.digest = digest;
    this.frozen = frozen;
  }

  /** Make one whose tokenizer lies in a folder. */
  static TinyBase in(Path folder) throws IOException {
    if (!Files.exists(folder.resolve("tokenizer.json"))) {
      TinyTokenizer.in(folder);
    }
    return new TinyBase(folder, "sha256:tiny", false);
  }

  /** The same with other content, as far as anyone is told. */
  TinyBase withDigest(String other) {
    return new TinyBase(folder, other, frozen);
  }

  /** The same whose gradients of the adapter are all zero. */
  TinyBase frozen() {
    return new TinyBase(folder, digest, true);
  }

  @Override
  public Base base() {
    return new Base(
        digest,
        "sha256:base",
        Optional.of("sha256:tokenizer"),
        Optional.of("mean"),
        Optional.of(new BaseHead(ClassificationHead.linear(), Map.of(), List.of())),
        Optional.empty(),
        HIDDEN,
        16,
        List.of("input_ids", "attention_mask"),
        MODULES.stream().map(module -> new BaseSlot(module, HIDDEN, HIDDEN)).toList());
  }

  @Override
  public Path tokenizer() {
    return folder.resolve("tokenizer.json");
  }

  @Override
  public Optional<Path> chatTemplate() {
    return Optional.empty();
  }

  @Override
  public PrefixWeights prefixOf(String text, OptionalInt virtualTokens, SessionSettings settings) {
    throw new IllegalArgumentException("not a decoder");
  }

  @Override
  public OrtModel open(
      Graph graph,
      Set<String> modules,
      Set<String> outputs,
      GraphOptions options,
      SessionSettings settings)
      throws IOException {
    dev.graft.onnx.Graph made =
        graph == Graph.OPTIMIZER
            ? OptimizerGraph.adamW()
            : new Classifier(modules, options.dropout()).build(graph == Graph.TRAINING);
    byte[] bytes = OnnxWriter.toBytes(Model.of(made), folder);
    return OrtRuntime.open(ModelSource.of(graph.name(), bytes), settings);
  }

  @Override
  public boolean keepsPackedTextsApart(Graph graph) {
    return false;
  }

  @Override
  public Weights bind(Adapter adapter) {
    return new Weights(LoraModules.in(adapter), adapter.saved(), List.of());
  }

  @Override
  public List<Probe> probes(Adapter adapter, List<String> texts, SessionSettings settings) {
    return texts.stream().map(text -> new Probe(text, List.of(), List.of(1f))).toList();
  }

  @Override
  public void close() {
    // Holds nothing native.
  }

  /** Word vectors and frozen weights: the same in every process. */
  static float[] frozenWeights(int seed, int size) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() * 0.5f;
    }
    return values;
  }

  /** The graph being made. */
  private final class Classifier {
    private final GraphBuilder b = new GraphBuilder("classifier");
    private final Set<String> modules;
    private final double dropout;
    private final Set<String> masks = new HashSet<>();

    Classifier(Set<String> modules, double dropout) {
      this.modules = modules;
      this.dropout = dropout;
    }

    dev.graft.onnx.Graph build(boolean training) {
      b.name(training ? "training" : "eval");
      String x = pooled();
      String h0 = linear(0, x);
      String t = b.op("Tanh", h0);
      String h = linear(1, t);
      String weight = b.input("classifier.weight", ElementType.FLOAT, HIDDEN, "labels");
      String bias = b.input("classifier.bias", ElementType.FLOAT, "labels");
      String logits = b.op("Add", b.op("MatMul", h, weight), bias);
      String scale = b.input("loss_scale", ElementType.FLOAT);
      String target = targets();
      String logs = b.op("LogSoftmax", Map.of("axis", Attribute.of(-1)), logits);
      String sum = b.op("ReduceSum", NO_KEEP, b.op("Mul", logs, target));
      b.output(b.op("Mul", sum, b.op("Neg", scale)), "loss", TensorType.of(ElementType.FLOAT));
      b.output(logits, "logits", TensorType.of(ElementType.FLOAT, "batch", "labels"));
      if (!training) {
        return b.build();
      }
      String total = b.op("ReduceSum", target, b.longs(1));
      String softmax = b.op("Softmax", Map.of("axis", Attribute.of(-1)), logits);
      String dz = b.op("Mul", b.op("Sub", b.op("Mul", softmax, total), target), scale);
      gradient(product(transposed(h), dz), "classifier.weight", HIDDEN, "labels");
      String db = b.op("ReduceSum", NO_KEEP, dz, b.longs(0));
      b.output(db, "classifier.bias_grad", TensorType.of(ElementType.FLOAT, "labels"));
      String dt = linearGradient(1, t, product(dz, transposed(weight)));
      String dh0 = b.op("Sub", dt, b.op("Mul", dt, b.op("Mul", t, t)));
      linearGradient(0, x, dh0);
      return b.build();
    }

    private String pooled() {
      String ids = b.input("input_ids", ElementType.INT64, "batch", "tokens");
      String mask =
          b.op("Cast", TO_FLOAT, b.input("attention_mask", ElementType.INT64, "batch", "tokens"));
      String table =
          b.initializer(
              "words",
              Tensor.floats(
                  List.of((long) VOCABULARY, (long) HIDDEN),
                  frozenWeights(1, VOCABULARY * HIDDEN)));
      String masked = b.op("Mul", b.op("Gather", table, ids), b.op("Unsqueeze", mask, b.longs(2)));
      String sum = b.op("ReduceSum", NO_KEEP, masked, b.longs(1));
      return b.op("Div", sum, b.op("ReduceSum", mask, b.longs(1)));
    }

    private String linear(int layer, String in) {
      String weight =
          b.initializer(
              "w" + layer,
              Tensor.floats(
                  List.of((long) HIDDEN, (long) HIDDEN),
                  frozenWeights(2 + layer, HIDDEN * HIDDEN)));
      String base = product(in, weight);
      String module = MODULES.get(layer);
      if (!modules.contains(module)) {
        return base;
      }
      String a = b.input(module + ".lora_A", ElementType.FLOAT, HIDDEN, "r");
      String up = b.input(module + ".lora_B", ElementType.FLOAT, "r", HIDDEN);
      return b.op("Add", base, product(product(dropped(layer, in), a), up));
    }

    /** Adds the gradients of a layer's factors and returns that of its input. */
    private String linearGradient(int layer, String in, String dout) {
      String din = product(dout, transposed("w" + layer));
      String module = MODULES.get(layer);
      if (!modules.contains(module)) {
        return din;
      }
      String a = module + ".lora_A";
      String up = module + ".lora_B";
      String du = product(dout, transposed(up));
      String kept = dropped(layer, in);
      gradient(product(transposed(product(kept, a)), dout), up, "r", HIDDEN);
      gradient(product(transposed(kept), du), a, HIDDEN, "r");
      return b.op("Add", din, dropped(layer, product(du, transposed(a))));
    }

    private String dropped(int layer, String value) {
      if (dropout == 0) {
        return value;
      }
      String keep = LoraDropout.keepInput(MODULES.get(layer));
      if (masks.add(keep)) {
        b.input(keep, ElementType.BOOL, "batch", HIDDEN);
      }
      String kept = b.op("Mul", value, b.op("Cast", TO_FLOAT, keep));
      return b.op("Div", kept, b.scalar(1 - dropout));
    }

    private void gradient(String value, String of, Object... dims) {
      String out = frozen && of.contains("lora") ? b.op("Mul", value, b.scalar(0)) : value;
      b.output(out, of + "_grad", TensorType.of(ElementType.FLOAT, dims));
    }

    private String targets() {
      String labels = b.input("labels", ElementType.INT64, "batch");
      String weights = b.input("class_weights", ElementType.FLOAT, "labels");
      String smoothing = b.input("label_smoothing", ElementType.FLOAT);
      String column = b.op("Unsqueeze", labels, b.longs(1));
      String count = b.op("Squeeze", b.op("Shape", weights), b.longs(0));
      String zero = b.scalar(ElementType.INT64, 0);
      String classes = b.op("Range", zero, count, b.scalar(ElementType.INT64, 1));
      String oneHot = b.op("Cast", TO_FLOAT, b.op("Equal", column, classes));
      String counted = b.op("Cast", TO_FLOAT, b.op("GreaterOrEqual", column, zero));
      String share = b.op("Div", smoothing, b.op("Cast", TO_FLOAT, count));
      String sharp = b.op("Mul", oneHot, b.op("Sub", b.scalar(1), smoothing));
      return b.op("Mul", b.op("Add", sharp, b.op("Mul", counted, share)), weights);
    }

    private String product(String left, String right) {
      return b.op("MatMul", left, right);
    }

    private String transposed(String value) {
      return b.op("Transpose", Map.of("perm", Attribute.ints(1, 0)), value);
    }
  }
}
