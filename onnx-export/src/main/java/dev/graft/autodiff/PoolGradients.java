package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Node;
import dev.graft.onnx.Shape;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Gradients of pooling over the spatial axes of [N, C, ..]. */
final class PoolGradients {
  private PoolGradients() {}

  static void globalAverage(BackwardScope s) {
    Shape x = s.shape(s.x(0));
    long count = 1;
    for (int axis = 2; axis < x.rank(); axis++) {
      count *= ConvGradients.size(s, x, axis);
    }
    String small = s.apply(s.scaledDy().times(1.0 / count));
    s.give(0, s.op("Expand", small, s.shapeOf(s.x(0))));
  }

  static void globalMax(BackwardScope s) {
    Map<String, Attribute> to = Map.of("to", Attribute.of(s.elementType().number()));
    String hit = s.op("Cast", to, s.op("Equal", s.x(0), s.y(0)));
    String axes = s.longs(LongStream.range(2, s.rank(s.x(0))).toArray());
    String share = s.op("Div", s.dy(), s.op("ReduceSum", hit, axes));
    s.give(0, s.op("Mul", share, hit));
  }

  /**
   * A transposed convolution with ones, one channel at a time: channels are moved into the batch.
   */
  static void average(BackwardScope s) {
    Node node = s.node();
    Window window = window(s);
    if (node.intAttribute("ceil_mode", 0) != 0) {
      throw MissingGradientException.because(node, "ceil_mode is not supported");
    }
    Shape x = s.shape(s.x(0));
    int spatial = window.kernel().size();
    List<Long> imageSizes = new ArrayList<>(List.of(-1L, 1L));
    List<Long> rest = new ArrayList<>();
    for (int i = 0; i < spatial; i++) {
      long size = ConvGradients.size(s, x, 2 + i);
      imageSizes.add(size);
      rest.add(Math.floorMod(size + window.padding(i) - window.reach(i), window.strides().get(i)));
    }
    List<Long> kernelShape = new ArrayList<>(List.of(1L, 1L));
    kernelShape.addAll(window.kernel());
    String ones = s.expandedOne(kernelShape);
    Map<String, Attribute> attributes = new LinkedHashMap<>(window.attributes());
    String share;
    boolean padded = window.pads().stream().anyMatch(p -> p != 0);
    if (!padded || node.intAttribute("count_include_pad", 0) != 0) {
      long count = window.kernel().stream().reduce(1L, (a, b) -> a * b);
      share = s.apply(s.scaledDy().times(1.0 / count));
    } else {
      // Elements of the image under each window.
      imageSizes.set(0, 1L);
      String image = s.expandedOne(imageSizes);
      share = s.op("Div", s.dy(), s.once("Conv", attributes, image, ones));
    }
    String view = s.op("Reshape", share, alone(s, spatial));
    attributes.put("output_padding", Attribute.ints(rest));
    String spread = s.op("ConvTranspose", attributes, view, ones);
    s.give(0, s.op("Reshape", spread, s.shapeOf(s.x(0))));
  }

  /** The shape of the output with every channel as an image of its own. */
  private static String alone(BackwardScope s, int spatial) {
    Map<String, Attribute> from =
        Map.of("start", Attribute.of(2), "end", Attribute.of(2 + spatial));
    String sizes = s.once("Shape", from, s.y(0));
    return s.once("Concat", ConvGradients.axis(0), s.longs(-1, 1), sizes);
  }

  /** Output 1 says where in the flattened input each maximum lay. */
  static void max(BackwardScope s) {
    if (s.node().intAttribute("storage_order", 0) != 0) {
      throw MissingGradientException.because(s.node(), "storage_order 1 is not supported");
    }
    Map<String, Attribute> add = Map.of("axis", Attribute.of(0), "reduction", Attribute.of("add"));
    Tensor zero = Tensor.scalar(s.elementType(), 0);
    Map<String, Attribute> zeros =
        Map.of("value", Attribute.of(new Tensor(s.elementType(), List.of(1L), zero.data())));
    String size = s.once("Reshape", Map.of(), s.once("Size", Map.of(), s.x(0)), s.longs(1));
    String flat = s.op("ConstantOfShape", zeros, size);
    String places = s.op("Reshape", s.y(1), s.longs(-1));
    String g = s.op("Reshape", s.dy(0), s.longs(-1));
    s.give(0, s.op("Reshape", s.op("ScatterElements", add, flat, places, g), s.shapeOf(s.x(0))));
  }

  private static Window window(BackwardScope s) {
    Node node = s.node();
    if (!node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")) {
      throw MissingGradientException.because(node, "auto_pad must be given as pads");
    }
    return Window.of(node, node.intsAttribute("kernel_shape").orElse(Collections.emptyList()));
  }
}
