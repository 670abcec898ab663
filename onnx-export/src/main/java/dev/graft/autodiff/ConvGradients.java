package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Gradients of convolutions over known spatial sizes. X is [N, C, ..], W is [M, C/group, ..]. */
final class ConvGradients {
  private ConvGradients() {}

  static void conv(BackwardScope s) {
    Node node = s.node();
    Shape x = s.shape(s.x(0));
    int spatial = x.rank() - 2;
    if (!node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")) {
      throw MissingGradientException.because(node, "auto_pad must be given as pads");
    }
    Window window = Window.of(s, spatial, s.shape(s.x(1)));
    if (s.wants(2)) {
      long[] others = LongStream.range(0, x.rank()).filter(i -> i != 1).toArray();
      Map<String, Attribute> drop = Map.of("keepdims", Attribute.of(0));
      s.give(2, s.op("ReduceSum", drop, s.dy(), s.longs(others)));
    }
    if (s.wants(0)) {
      s.give(0, input(s, window, x));
    }
    if (s.wants(1)) {
      s.give(1, window.isPatch(x) ? patchWeight(s, window, x) : weight(s, window, x));
    }
  }

  /** The transposed convolution; output padding restores what the stride left over. */
  private static String input(BackwardScope s, Window window, Shape x) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(window.attributes());
    List<Long> rest = new ArrayList<>();
    for (int i = 0; i < window.kernel().size(); i++) {
      long reach = window.reach(i);
      long room = size(s, x, 2 + i) + window.padding(i) - reach;
      rest.add(Math.floorMod(room, window.strides().get(i)));
    }
    attributes.put("output_padding", Attribute.ints(rest));
    attributes.put("group", Attribute.of(window.group()));
    return s.op("ConvTranspose", attributes, s.dy(), s.x(1));
  }

  /**
   * Kernels that cut the image into patches: one product of the output's gradient with the patches.
   */
  private static String patchWeight(BackwardScope s, Window window, Shape x) {
    int spatial = window.kernel().size();
    List<String> view = new ArrayList<>();
    view.add(s.dimOf(s.x(0), 0));
    view.add(s.dimOf(s.x(0), 1));
    List<Long> order = new ArrayList<>(List.of(0L));
    for (int i = 0; i < spatial; i++) {
      view.add(s.longs(size(s, x, 2 + i) / window.kernel().get(i)));
      view.add(s.longs(window.kernel().get(i)));
      order.add(2 + 2L * i);
    }
    order.add(1L);
    for (int i = 0; i < spatial; i++) {
      order.add(3 + 2L * i);
    }
    String cut = s.op("Reshape", s.x(0), s.onceOf("Concat", axis(0), view));
    String patches = s.op("Transpose", Map.of("perm", Attribute.ints(order)), cut);
    String rows =
        s.op("Reshape", s.op("Flatten", axis(1 + spatial), patches), s.longs(-1, rowLength(s)));
    List<Long> last = new ArrayList<>(List.of(0L));
    LongStream.range(2, x.rank()).forEach(last::add);
    last.add(1L);
    String g = s.op("Transpose", Map.of("perm", Attribute.ints(last)), s.dy());
    String flat = s.op("Transpose", s.op("Flatten", axis(-1), g));
    return s.op("Reshape", s.op("MatMul", flat, rows), s.shapeOf(s.x(1)));
  }

  private static long rowLength(BackwardScope s) {
    Shape w = s.shape(s.x(1));
    return new Shape(w.dims().subList(1, w.rank())).elementCount().orElseThrow();
  }

  /**
   * The convolution of the input with the gradient as its kernel, batch and channels exchanged, and
   * strides and dilations exchanged.
   */
  private static String weight(BackwardScope s, Window window, Shape x) {
    if (window.group() != 1) {
      return depthwise(s, window, x);
    }
    String exchangedX = exchange(s, s.x(0), x.rank());
    String exchangedG = exchange(s, s.dy(), x.rank());
    return exchange(s, crop(s, correlate(s, window, exchangedX, exchangedG, 1), window), x.rank());
  }

  /** Each group on its own, side by side in one convolution over {@code group * C/group}. */
  private static String depthwise(BackwardScope s, Window window, Shape x) {
    long group = window.group();
    List<String> parts = new ArrayList<>();
    Map<String, Attribute> channels = axis(1);
    String sizes = s.longs(Collections.nCopies((int) group, size(s, x, 1) / group));
    List<String> xs = s.ops("Split", channels, List.of(s.x(0), sizes), (int) group);
    long perGroup = size(s, s.shape(s.x(1)), 0) / group;
    String outputs = s.longs(Collections.nCopies((int) group, perGroup));
    List<String> gs = s.ops("Split", channels, List.of(s.dy(), outputs), (int) group);
    for (int i = 0; i < group; i++) {
      String image = exchange(s, xs.get(i), x.rank());
      String kernel = exchange(s, gs.get(i), x.rank());
      String part = crop(s, correlate(s, window, image, kernel, 1), window);
      parts.add(exchange(s, part, x.rank()));
    }
    return s.op("Concat", axis(0), parts.toArray(String[]::new));
  }

  private static String correlate(
      BackwardScope s, Window window, String image, String kernel, long group) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("strides", Attribute.ints(window.dilations()));
    attributes.put("dilations", Attribute.ints(window.strides()));
    attributes.put("pads", Attribute.ints(window.pads()));
    attributes.put("group", Attribute.of(group));
    return s.op("Conv", attributes, image, kernel);
  }

  /** Cuts off the positions that the stride never reached. */
  private static String crop(BackwardScope s, String product, Window window) {
    int spatial = window.kernel().size();
    String starts = s.longs(new long[spatial]);
    String axes = s.longs(LongStream.range(2, 2 + spatial).toArray());
    return s.op("Slice", product, starts, s.longs(window.kernel()), axes);
  }

  private static String exchange(BackwardScope s, String value, int rank) {
    List<Long> perm = new ArrayList<>(LongStream.range(0, rank).boxed().toList());
    Collections.swap(perm, 0, 1);
    return s.op("Transpose", Map.of("perm", Attribute.ints(perm)), value);
  }

  static Map<String, Attribute> axis(long axis) {
    return Map.of("axis", Attribute.of(axis));
  }

  static long size(BackwardScope s, Shape shape, int axis) {
    if (shape.dim(axis) instanceof Dim.Fixed fixed) {
      return fixed.size();
    }
    throw MissingGradientException.because(
        s.node(), "its rule needs a fixed size of axis %d, found %s".formatted(axis, shape));
  }
}
