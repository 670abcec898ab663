package dev.graft.onnx.text;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names, numbers and small tensors as text. */
final class Literals {
  /** Elements up to which a tensor is printed in full. */
  static final int SMALL = 8;

  private static final Pattern PLAIN = Pattern.compile("[\\w./:\\-]+");

  private Literals() {}

  /** The name; quoted and escaped if it has blanks, quotes or control characters. */
  static String name(String name) {
    return PLAIN.matcher(name).matches() ? name : quoted(name);
  }

  static boolean isSmall(Tensor tensor) {
    return tensor.elementCount() <= SMALL && hasElements(tensor.elementType());
  }

  private static boolean hasElements(ElementType type) {
    return switch (type) {
      case FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64 ->
          true;
      case BOOL, STRING -> true;
      default -> false;
    };
  }

  /** A small tensor with its type, such as {@code int64[2]{1, -1}}. */
  static String constant(Tensor tensor) {
    return tensor.type() + elements(tensor);
  }

  /** The elements of a small tensor, such as {@code {1, -1}}. */
  static String elements(Tensor tensor) {
    return elementTexts(tensor).collect(Collectors.joining(", ", "{", "}"));
  }

  private static Stream<String> elementTexts(Tensor tensor) {
    return switch (tensor.elementType()) {
      case STRING -> tensor.toStrings().stream().map(Literals::quoted);
      case BOOL -> tensor.toLongs().stream().map(v -> v == 0 ? "false" : "true");
      case DOUBLE -> Arrays.stream(tensor.toDoubles()).mapToObj(Double::toString);
      case FLOAT, FLOAT16, BFLOAT16 ->
          Arrays.stream(tensor.toDoubles()).mapToObj(v -> Float.toString((float) v));
      default -> tensor.toLongs().stream().map(String::valueOf);
    };
  }

  static String attribute(Attribute attribute) {
    if (attribute instanceof Attribute.IntValue v) {
      return Long.toString(v.value());
    } else if (attribute instanceof Attribute.FloatValue v) {
      return Float.toString(v.value());
    } else if (attribute instanceof Attribute.StringValue v) {
      return quoted(v.value());
    } else if (attribute instanceof Attribute.IntList v) {
      return v.values().toString();
    } else if (attribute instanceof Attribute.FloatList v) {
      return v.values().toString();
    } else if (attribute instanceof Attribute.StringList v) {
      return list(v.values());
    } else if (attribute instanceof Attribute.TensorValue v) {
      return isSmall(v.value()) ? constant(v.value()) : v.value().type().toString();
    }
    return "...";
  }

  private static String list(List<String> values) {
    return values.stream().map(Literals::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\').appendCodePoint(c);
              } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.append('"').toString();
  }
}
