package dev.graft.onnx.shape;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads names of dimensions that exporters write as arithmetic, such as {@code past_sequence_length
 * + 1}; any other name stands for itself.
 */
final class SizeParser {
  private static final Pattern FACTOR =
      Pattern.compile("\\s*(?:(?<number>\\d{1,15})|(?<name>[\\p{L}_][\\w.]*))");
  private static final Pattern OPERATOR = Pattern.compile("\\s*([*+])|\\s+(-)(?=\\s)");

  private final String text;
  private int position;

  private SizeParser(String text) {
    this.text = text;
  }

  static SizeExpr parse(String name) {
    return new SizeParser(name).sum().orElseGet(() -> SizeExpr.atom(name));
  }

  private Optional<SizeExpr> sum() {
    SizeExpr total = SizeExpr.of(0);
    SizeExpr product = SizeExpr.of(1);
    boolean negative = false;
    while (true) {
      Optional<SizeExpr> factor = factor();
      if (factor.isEmpty()) {
        return Optional.empty();
      }
      product = product.times(factor.get());
      if (position == text.length()) {
        return Optional.of(negative ? total.minus(product) : total.plus(product));
      }
      Matcher operator = OPERATOR.matcher(text).region(position, text.length());
      if (!operator.lookingAt()) {
        return Optional.empty();
      }
      position = operator.end();
      if (!"*".equals(operator.group(1))) {
        total = negative ? total.minus(product) : total.plus(product);
        product = SizeExpr.of(1);
        negative = operator.group(2) != null;
      }
    }
  }

  private Optional<SizeExpr> factor() {
    Matcher factor = FACTOR.matcher(text).region(position, text.length());
    if (!factor.lookingAt()) {
      return Optional.empty();
    }
    position = factor.end();
    String number = factor.group("number");
    return Optional.of(
        number != null ? SizeExpr.of(Long.parseLong(number)) : SizeExpr.atom(factor.group("name")));
  }
}
