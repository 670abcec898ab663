package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Shapes of {@code Einsum} equations without ellipsis. */
final class EinsumShapes {
  private EinsumShapes() {}

  static Optional<Sizes> infer(ShapeScope s) {
    String equation = s.node().stringAttribute("equation", "").replace(" ", "");
    if (equation.contains("...")) {
      return Optional.empty();
    }
    int arrow = equation.indexOf("->");
    List<String> terms =
        List.of((arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1));
    if (terms.size() != s.inputCount()) {
      throw s.conflict(
          "equation '%s' has %d terms for %d inputs"
              .formatted(equation, terms.size(), s.inputCount()));
    }
    Map<Character, SizeExpr> sizes = new TreeMap<>();
    Map<Character, Integer> uses = new TreeMap<>();
    for (int i = 0; i < terms.size(); i++) {
      collect(s, terms.get(i), s.sizes(i), sizes, uses);
    }
    String result = arrow < 0 ? implicitResult(uses) : equation.substring(arrow + 2);
    List<SizeExpr> list = new ArrayList<>();
    for (int i = 0; i < result.length(); i++) {
      char letter = result.charAt(i);
      SizeExpr size = sizes.get(letter);
      if (size == null) {
        throw s.conflict("equation '%s' makes '%c' of nothing".formatted(equation, letter));
      }
      list.add(size);
    }
    return Optional.of(new Sizes(list));
  }

  private static void collect(
      ShapeScope s,
      String term,
      Sizes input,
      Map<Character, SizeExpr> sizes,
      Map<Character, Integer> uses) {
    if (term.length() != input.rank()) {
      throw s.conflict("term '%s' does not fit shape %s".formatted(term, input));
    }
    for (int axis = 0; axis < input.rank(); axis++) {
      char letter = term.charAt(axis);
      SizeExpr size = input.get(axis);
      SizeExpr seen = sizes.get(letter);
      uses.merge(letter, 1, Integer::sum);
      if (seen == null || seen.is(1) || (seen.constant().isEmpty() && !size.is(1))) {
        sizes.put(letter, size);
      } else if (!size.is(1)) {
        s.requireEqual(seen, size, "sizes of '%c'".formatted(letter));
      }
    }
  }

  /** Without an arrow, the letters used once, in alphabetical order. */
  private static String implicitResult(Map<Character, Integer> uses) {
    StringBuilder result = new StringBuilder();
    uses.forEach(
        (letter, count) -> {
          if (count == 1) {
            result.append(letter.charValue());
          }
        });
    return result.toString();
  }
}
