package dev.graft.onnx.shape;

import java.util.List;
import java.util.Optional;

/** Shapes of ONNX Runtime's own fused operators; present key-value outputs are left unknown. */
final class FusedShapes {
  private FusedShapes() {}

  /** Result, mean, inverse deviation, and the sum of input and skip. */
  static List<Sizes> skipNormalization(ShapeScope s) {
    Sizes in = s.sizes(0);
    Sizes statistics = in.with(-1, SizeExpr.of(1));
    return List.of(in, statistics, statistics, in);
  }

  /** {@code [B,T,in] x [in, q+k+v]}: the values' width is what the bias leaves. */
  static Optional<Sizes> attention(ShapeScope s) {
    Optional<List<Long>> hidden = s.attributes("qkv_hidden_sizes");
    if (hidden.isPresent() && hidden.get().size() == 3) {
      return Optional.of(s.sizes(0).with(-1, SizeExpr.of(hidden.get().get(2))));
    }
    Sizes weight = s.has(1) ? s.sizes(1) : Sizes.SCALAR;
    return weight.rank() != 2
        ? Optional.empty()
        : weight.get(1).dividedExactly(SizeExpr.of(3)).map(h -> s.sizes(0).with(-1, h));
  }

  /** Query {@code [B,T,H]}; value {@code [B,S,V]} or {@code [B,heads,S,V/heads]}. */
  static Optional<Sizes> multiHeadAttention(ShapeScope s) {
    Sizes query = s.sizes(0);
    if (query.rank() != 3 || !s.has(2)) {
      return Optional.empty();
    }
    Sizes value = s.sizes(2);
    SizeExpr heads = SizeExpr.of(s.attribute("num_heads", 1));
    SizeExpr width = value.rank() == 4 ? value.get(3).times(heads) : value.get(-1);
    return Optional.of(query.with(-1, width));
  }

  /** Query {@code [B,T,heads*d]}, unless keys and values are packed into it. */
  static Optional<Sizes> groupQuery(ShapeScope s) {
    return s.has(1) ? Optional.of(s.sizes(0)) : Optional.empty();
  }
}
