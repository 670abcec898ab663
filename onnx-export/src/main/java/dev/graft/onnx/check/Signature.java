package dev.graft.onnx.check;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an operator is used, parsed from a line of {@link OperatorSchemas}.
 *
 * @param inputs the last one stands for all that follow if {@code variadicInputs}
 * @param broadcasts whether the shapes of all inputs are broadcast against each other
 */
record Signature(
    String operator,
    List<Slot> inputs,
    boolean variadicInputs,
    List<Slot> outputs,
    boolean variadicOutputs,
    List<String> requiredAttributes,
    boolean broadcasts) {

  private static final Pattern LINE =
      Pattern.compile(
          "(?<broadcasts>~?)(?<op>[\\w.]+):(?<in>[^>{]*)->(?<out>[^{]*)(\\{(?<attributes>.*)})?");
  private static final Pattern WORD = Pattern.compile("[^\\s,]+");

  /**
   * One input or output.
   *
   * @param type a type variable (one capital letter; equal within one node) or an element type
   */
  record Slot(String type, boolean optional) {
    boolean isVariable() {
      return type.length() == 1;
    }
  }

  Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    requiredAttributes = List.copyOf(requiredAttributes);
  }

  static Signature parse(String line) {
    Matcher parts = LINE.matcher(line.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException("no operator signature: '%s'".formatted(line));
    }
    String attributes = parts.group("attributes");
    return new Signature(
        parts.group("op"),
        slots(parts.group("in")),
        parts.group("in").contains("*"),
        slots(parts.group("out")),
        parts.group("out").contains("*"),
        words(attributes == null ? "" : attributes),
        !parts.group("broadcasts").isEmpty());
  }

  private static List<Slot> slots(String text) {
    List<Slot> slots = new ArrayList<>();
    for (String word : words(text)) {
      String type = word.replaceAll("[?*]", "");
      slots.add(new Slot(type, word.endsWith("?")));
    }
    return slots;
  }

  private static List<String> words(String text) {
    return WORD.matcher(text).results().map(r -> r.group()).toList();
  }
}
