package dev.graft.onnx.shape;

import dev.graft.onnx.Dim;
import java.util.HashMap;
import java.util.Map;

/** What the names of one graph's sizes mean. */
final class SizeContext {
  /** How the file writes a size that this package would write otherwise. */
  private final Map<String, String> declared = new HashMap<>();

  /** {@code min(number, size)} atoms, with the size. */
  private final Map<String, SizeExpr> minima = new HashMap<>();

  /** The size a dimension of an input stands for. */
  SizeExpr declare(Dim dim, String ifUnknown) {
    if (dim instanceof Dim.Fixed f) {
      return SizeExpr.of(f.size());
    }
    if (dim instanceof Dim.Symbol symbol) {
      SizeExpr size = SizeParser.parse(symbol.name());
      declared.putIfAbsent(size.toString(), symbol.name());
      return size;
    }
    return SizeExpr.atom(ifUnknown);
  }

  Dim dim(SizeExpr size) {
    if (size.constant().isPresent()) {
      return Dim.of(size.constant().getAsLong());
    }
    String text = size.toString();
    return size.isKnown() ? Dim.of(declared.getOrDefault(text, text)) : Dim.unknown();
  }

  /** The smaller of a positive number and a size, which is taken to be at least 1. */
  SizeExpr min(long number, SizeExpr size) {
    if (number == 1) {
      return SizeExpr.of(1);
    }
    if (size.constant().isPresent()) {
      return SizeExpr.of(Math.min(number, size.constant().getAsLong()));
    }
    String name = "min(%d, %s)".formatted(number, size);
    minima.put(name, size);
    return SizeExpr.atom(name);
  }

  /** The size with every {@code min(number, size)} replaced by {@code size}. */
  SizeExpr withoutMinima(SizeExpr size) {
    SizeExpr result = size;
    for (Map.Entry<String, SizeExpr> e : minima.entrySet()) {
      result = result.replace(e.getKey(), e.getValue());
    }
    return result;
  }
}
