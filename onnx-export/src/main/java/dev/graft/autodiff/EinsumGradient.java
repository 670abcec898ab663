package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The gradient of an Einsum is another one, with the gradient in the place of the operand. */
final class EinsumGradient {
  private EinsumGradient() {}

  static void einsum(BackwardScope s) {
    String equation = s.node().stringAttribute("equation", "").replace(" ", "");
    int arrow = equation.indexOf("->");
    List<String> terms =
        arrow < 0 ? List.of() : List.of(equation.substring(0, arrow).split(",", -1));
    if (arrow < 0 || equation.contains(".") || terms.stream().anyMatch(EinsumGradient::repeats)) {
      throw MissingGradientException.because(
          s.node(),
          "only equations with an arrow, without '...' and repeated letters, found '%s'"
              .formatted(equation));
    }
    String result = equation.substring(arrow + 2);
    for (int i = 0; i < terms.size(); i++) {
      if (s.wants(i)) {
        s.give(i, operand(s, terms, result, i));
      }
    }
  }

  private static String operand(BackwardScope s, List<String> terms, String result, int i) {
    List<String> inputs = new ArrayList<>(List.of(s.dy()));
    StringBuilder letters = new StringBuilder(result);
    List<String> others = new ArrayList<>(List.of(result));
    for (int k = 0; k < terms.size(); k++) {
      if (k != i) {
        inputs.add(s.x(k));
        others.add(terms.get(k));
        letters.append(terms.get(k));
      }
    }
    for (char letter : terms.get(i).toCharArray()) {
      if (letters.indexOf(String.valueOf(letter)) < 0) {
        throw MissingGradientException.because(
            s.node(), "'%c' is summed over one operand alone; use ReduceSum".formatted(letter));
      }
    }
    String equation = String.join(",", others) + "->" + terms.get(i);
    return s.op(
        "Einsum", Map.of("equation", Attribute.of(equation)), inputs.toArray(String[]::new));
  }

  private static boolean repeats(String term) {
    return term.chars().distinct().count() < term.length();
  }
}
