package dev.graft.chat;

import dev.graft.chat.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads expressions; one method per precedence, the loosest first. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;
  private final PostfixParser postfix;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.postfix = new PostfixParser(tokens, this);
  }

  /** An expression, or several with commas between, which make a list. */
  Expr several(boolean conditional) {
    Expr first = conditional ? expression() : or();
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expr> all = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      if (atEnd()) {
        break;
      }
      all.add(conditional ? expression() : or());
    }
    return list(all);
  }

  private boolean atEnd() {
    Kind kind = tokens.peek().kind();
    return kind == Kind.BLOCK_END
        || kind == Kind.PRINT_END
        || tokens.isOperator(")")
        || tokens.isOperator("=");
  }

  /** {@code a if condition else b}. */
  Expr expression() {
    tokens.enter();
    Expr value = or();
    while (tokens.skipName("if")) {
      Expr condition = or();
      Expr whenTrue = value;
      Expr whenFalse = tokens.skipName("else") ? expression() : scope -> new Undefined("");
      value = scope -> (Values.truth(condition.in(scope)) ? whenTrue : whenFalse).in(scope);
    }
    tokens.leave();
    return value;
  }

  private Expr or() {
    Expr left = and();
    while (tokens.skipName("or")) {
      Expr a = left;
      Expr b = and();
      left =
          scope -> {
            Object value = a.in(scope);
            return Values.truth(value) ? value : b.in(scope);
          };
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (tokens.skipName("and")) {
      Expr a = left;
      Expr b = not();
      left =
          scope -> {
            Object value = a.in(scope);
            return Values.truth(value) ? b.in(scope) : value;
          };
    }
    return left;
  }

  private Expr not() {
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expr value = not();
    tokens.leave();
    return scope -> !Values.truth(value.in(scope));
  }

  /** {@code a < b <= c} holds if both do. */
  private Expr comparison() {
    Expr first = sum();
    List<String> operators = new ArrayList<>();
    List<Expr> others = new ArrayList<>();
    while (true) {
      if (tokens.peek().kind() == Kind.OPERATOR && COMPARISONS.contains(tokens.peek().text())) {
        operators.add(tokens.next().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (tokens.isName("not") && tokens.second().is(Kind.NAME, "in")) {
        tokens.next();
        tokens.next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    if (operators.isEmpty()) {
      return first;
    }
    return scope -> {
      Object left = first.in(scope);
      for (int i = 0; i < operators.size(); i++) {
        Object right = others.get(i).in(scope);
        if (!Operators.compare(operators.get(i), left, right, scope.run())) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  private Expr sum() {
    Expr left = joined();
    while (tokens.isOperator("+") || tokens.isOperator("-")) {
      left = binary(tokens.next().text(), left, joined());
    }
    return left;
  }

  private Expr joined() {
    Expr left = product();
    while (tokens.skipOperator("~")) {
      left = binary("~", left, product());
    }
    return left;
  }

  private Expr product() {
    Expr left = power();
    while (tokens.isOperator("*")
        || tokens.isOperator("/")
        || tokens.isOperator("//")
        || tokens.isOperator("%")) {
      left = binary(tokens.next().text(), left, power());
    }
    return left;
  }

  private Expr power() {
    Expr left = unary(true);
    while (tokens.skipOperator("**")) {
      left = binary("**", left, unary(true));
    }
    return left;
  }

  private static Expr binary(String operator, Expr a, Expr b) {
    return scope -> {
      scope.run().step();
      return Operators.apply(operator, a.in(scope), b.in(scope), scope.run());
    };
  }

  private Expr unary(boolean filters) {
    Expr value;
    if (tokens.skipOperator("-")) {
      tokens.enter();
      Expr operand = unary(false);
      tokens.leave();
      value = binary("*", operand, scope -> -1L);
    } else if (tokens.skipOperator("+")) {
      tokens.enter();
      value = unary(false);
      tokens.leave();
    } else {
      value = primary();
    }
    value = postfix.after(value);
    return filters ? postfix.filtered(value) : value;
  }

  /** A name, a literal, a list, a mapping, or an expression in brackets. */
  Expr primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> name(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.peek().kind() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        String whole = text.toString();
        yield scope -> whole;
      }
      case INTEGER -> constant(Values.of(new BigInteger(token.text())));
      case FLOAT -> constant(Double.parseDouble(token.text()));
      default ->
          switch (token.text()) {
            case "(" -> parenthesised();
            case "[" -> list(elements("]"));
            case "{" -> mapping();
            default ->
                throw TemplateException.at(
                    token.line(), "found %s, expected a value".formatted(token.shown()));
          };
    };
  }

  static Expr constant(Object value) {
    return scope -> value;
  }

  private static Expr name(String name) {
    return switch (name) {
      case "true", "True" -> constant(true);
      case "false", "False" -> constant(false);
      case "none", "None" -> constant(None.NONE);
      default ->
          scope -> {
            scope.run().step();
            return scope.get(name);
          };
    };
  }

  private Expr parenthesised() {
    if (tokens.skipOperator(")")) {
      return list(List.of());
    }
    tokens.enter();
    Expr value = several(true);
    tokens.leave();
    tokens.expectOperator(")");
    return value;
  }

  private List<Expr> elements(String close) {
    tokens.enter();
    List<Expr> elements = new ArrayList<>();
    while (!tokens.skipOperator(close)) {
      if (!elements.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(close)) {
          break;
        }
      }
      elements.add(expression());
    }
    tokens.leave();
    return elements;
  }

  private static Expr list(List<Expr> elements) {
    return scope -> {
      List<Object> values = new ArrayList<>(elements.size());
      for (Expr element : elements) {
        values.add(element.in(scope));
      }
      return scope.run().taken(values);
    };
  }

  private Expr mapping() {
    tokens.enter();
    Map<Expr, Expr> members = new LinkedHashMap<>();
    while (!tokens.skipOperator("}")) {
      if (!members.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("}")) {
          break;
        }
      }
      Expr key = expression();
      tokens.expectOperator(":");
      members.put(key, expression());
    }
    tokens.leave();
    return scope -> {
      Map<Object, Object> values = new LinkedHashMap<>();
      members.forEach((key, value) -> values.put(Values.key(key.in(scope)), value.in(scope)));
      scope.run().take(8L * values.size());
      return values;
    };
  }
}
