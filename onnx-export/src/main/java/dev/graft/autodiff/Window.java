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

/** The sliding window of a convolution or pooling, with every attribute filled in. */
record Window(
    List<Long> kernel, List<Long> strides, List<Long> dilations, List<Long> pads, long group) {

  /** Reads a convolution with kernels of the given shape. */
  static Window of(BackwardScope s, int spatial, Shape weight) {
    List<Long> kernel = new ArrayList<>();
    for (int i = 0; i < spatial; i++) {
      kernel.add(ConvGradients.size(s, weight, 2 + i));
    }
    return of(s.node(), kernel);
  }

  static Window of(Node node, List<Long> kernel) {
    int spatial = kernel.size();
    List<Long> ones = Collections.nCopies(spatial, 1L);
    return new Window(
        List.copyOf(kernel),
        node.intsAttribute("strides").orElse(ones),
        node.intsAttribute("dilations").orElse(ones),
        node.intsAttribute("pads").orElse(Collections.nCopies(2 * spatial, 0L)),
        node.intAttribute("group", 1));
  }

  /** How many positions the window covers along a spatial axis. */
  long reach(int axis) {
    return dilations.get(axis) * (kernel.get(axis) - 1) + 1;
  }

  long padding(int axis) {
    return pads.get(axis) + pads.get(axis + kernel.size());
  }

  /** Whether the windows cut the image [N, C, ..] into pieces without overlap or rest. */
  boolean isPatch(Shape image) {
    boolean plain = group == 1 && strides.equals(kernel) && pads.stream().allMatch(p -> p == 0);
    for (int i = 0; plain && i < kernel.size(); i++) {
      plain =
          dilations.get(i) == 1
              && image.dim(2 + i) instanceof Dim.Fixed fixed
              && fixed.size() % kernel.get(i) == 0;
    }
    return plain;
  }

  Map<String, Attribute> attributes() {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("strides", Attribute.ints(strides));
    attributes.put("dilations", Attribute.ints(dilations));
    attributes.put("pads", Attribute.ints(pads));
    return attributes;
  }
}
