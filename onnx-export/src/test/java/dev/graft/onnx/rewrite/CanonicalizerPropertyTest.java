package dev.graft.onnx.rewrite;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Attribute;
import dev.graft.onnx.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

class CanonicalizerPropertyTest {
  private static final String[] UNARY = {"Identity", "Tanh", "Sigmoid", "Erf", "Neg", "Abs"};
  private static final String[] BINARY = {"Add", "Sub", "Mul", "Max"};
  private static final double[] NUMBERS = {0, 1, 0.5, 2, -1, 0.044715, 0.7978845608, 1.4142135};

  /** Graphs of random nodes that use the parts patterns are made of compute the same as before. */
  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void keepsWhatRandomGraphsCompute(@ForAll long seed, @ForAll Form.Style style)
      throws IOException, OrtException {
    Random random = new Random(seed);
    Form f = new Form(style);
    List<String> values = new ArrayList<>(List.of(f.x, f.op("Tanh", f.weight("w", 8))));
    int nodes = 4 + random.nextInt(20);
    for (int i = 0; i < nodes; i++) {
      values.add(node(f, random, values));
    }
    String last = values.get(values.size() - 1);
    Graph before = f.graph(f.op("Add", f.op("Mul", last, f.n(0.1)), f.x));
    Graph after = Canonicalizer.standard().apply(before).graph();
    Path folder = Files.createTempDirectory("canonical");
    try {
      Equivalence.assertSame(before, after, f.feeds(), folder);
    } finally {
      delete(folder);
    }
  }

  private static String node(Form f, Random random, List<String> values) {
    String a = values.get(random.nextInt(values.size()));
    String b = values.get(Math.max(0, values.size() - 1 - random.nextInt(3)));
    String number = f.n(NUMBERS[random.nextInt(NUMBERS.length)]);
    return switch (random.nextInt(8)) {
      case 0 -> f.op(UNARY[random.nextInt(UNARY.length)], b);
      case 1 -> f.op(BINARY[random.nextInt(BINARY.length)], a, b);
      case 2 -> f.op(BINARY[random.nextInt(BINARY.length)], number, b);
      case 3 -> f.op(BINARY[random.nextInt(BINARY.length)], b, number);
      case 4 -> f.op("Mul", b, f.op("Sigmoid", b));
      case 5 -> f.op("Sub", b, f.op("ReduceMean", b, f.longs(-1)));
      case 6 -> f.op("Tanh", f.op("MatMul", b, f.weight(f.b.fresh("w"), 8, 8)));
      default -> scores(f, f.op("Add", b, f.x), number);
    };
  }

  private static String scores(Form f, String x, String number) {
    String turned = f.op("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), x);
    String product = f.op("MatMul", f.op("Mul", x, number), turned);
    return f.op("MatMul", f.op("Softmax", f.op("Div", product, f.n(2))), x);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
