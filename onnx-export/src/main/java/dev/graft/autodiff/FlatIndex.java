package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.Dim;
import java.util.Map;

/**
 * Positions in a flattened tensor, made of index tuples as GatherND has them.
 *
 * @param tuple how many leading dimensions one tuple indexes
 */
record FlatIndex(BackwardScope s, String like, String positions, int tuple) {

  /** Reads {@code indices} of shape [.., tuple] into the forward value {@code like}. */
  static FlatIndex of(BackwardScope s, String like, String indices) {
    Dim last = s.shape(indices).dim(-1);
    if (!(last instanceof Dim.Fixed fixed)) {
      throw MissingGradientException.because(
          s.node(), "the last dimension of its indices '%s' must be known".formatted(indices));
    }
    int tuple = (int) fixed.size();
    Map<String, Attribute> lead = Map.of("start", Attribute.of(0), "end", Attribute.of(tuple));
    String sizes = s.once("Shape", lead, like);
    // Negative indices count from the end.
    String negative = s.once("Less", Map.of(), indices, s.longs(0));
    String shifted = s.once("Add", Map.of(), indices, sizes);
    String normal = s.once("Where", Map.of(), negative, shifted, indices);
    String position = "";
    for (int k = 0; k < tuple; k++) {
      Map<String, Attribute> axis = Map.of("axis", Attribute.of(-1));
      String index = s.once("Gather", axis, normal, s.longs(k));
      if (k > 0) {
        String size = s.once("Gather", Map.of(), sizes, s.longs(k));
        index = s.once("Add", Map.of(), s.once("Mul", Map.of(), position, size), index);
      }
      position = index;
    }
    return new FlatIndex(s, like, s.once("Reshape", Map.of(), position, s.longs(-1, 1)), tuple);
  }

  /** Adds {@code updates} to {@code zeros}, which has the shape of the indexed value. */
  String add(String zeros, String updates) {
    int rank = s.rank(like);
    String length = s.longs(1);
    if (tuple < rank) {
      Map<String, Attribute> rest = Map.of("start", Attribute.of(tuple));
      String sizes = s.once("Shape", rest, like);
      length = s.once("ReduceProd", Map.of("keepdims", Attribute.of(1)), sizes);
    }
    String view = s.once("Concat", Map.of("axis", Attribute.of(0)), s.longs(-1), length);
    String rows = s.op("Reshape", updates, view);
    String table = s.op("Reshape", zeros, view);
    Map<String, Attribute> add = Map.of("axis", Attribute.of(0), "reduction", Attribute.of("add"));
    String places = s.op("Expand", positions, s.op("Shape", rows));
    String sum = s.op("ScatterElements", add, table, places, rows);
    return s.op("Reshape", Map.of("allowzero", Attribute.of(1)), sum, s.shapeOf(like));
  }
}
