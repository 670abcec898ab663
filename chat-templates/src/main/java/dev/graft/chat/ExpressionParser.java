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
  private static final Set<String> AFTER_TEST =
      Set.of("else", "and", "or", "if", "is", "not", "in");

  private final TokenStream tokens;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
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
    value = postfix(value);
    return filters ? filtered(value) : value;
  }

  private Expr primary() {
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

  private static Expr constant(Object value) {
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
      members.forEach((key, value) -> values.put(key.in(scope), value.in(scope)));
      scope.run().take(8L * values.size());
      return values;
    };
  }

  private Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      if (tokens.skipOperator(".")) {
        value = attribute(value);
      } else if (tokens.skipOperator("[")) {
        value = subscript(value);
      } else if (tokens.isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  private Expr attribute(Expr owner) {
    Token token = tokens.next();
    if (token.kind() == Kind.INTEGER) {
      Long index = Long.valueOf(token.text());
      return scope -> Access.item(owner.in(scope), index);
    }
    if (token.kind() != Kind.NAME) {
      throw TemplateException.at(
          token.line(), "found %s, expected an attribute".formatted(token.shown()));
    }
    return scope -> Access.attribute(owner.in(scope), token.text());
  }

  private Expr subscript(Expr owner) {
    tokens.enter();
    List<Expr> parts = new ArrayList<>();
    boolean slice = false;
    while (!tokens.isOperator("]")) {
      boolean omitted = tokens.isOperator(":");
      parts.add(omitted ? constant(None.NONE) : expression());
      if (tokens.skipOperator(":")) {
        slice = true;
        if (tokens.isOperator("]")) {
          parts.add(constant(None.NONE));
        }
      } else if (!tokens.isOperator("]")) {
        throw tokens.unexpected("\"]\"");
      }
    }
    tokens.expectOperator("]");
    tokens.leave();
    if (parts.isEmpty() || parts.size() > 3) {
      throw tokens.unexpected("an index or a slice before it");
    }
    Expr first = parts.get(0);
    if (!slice) {
      return scope -> Access.item(owner.in(scope), first.in(scope));
    }
    Expr second = parts.get(1);
    Expr third = parts.size() < 3 ? constant(None.NONE) : parts.get(2);
    return scope ->
        Access.slice(
            owner.in(scope), first.in(scope), second.in(scope), third.in(scope), scope.run());
  }

  private Expr call(Expr function) {
    Arguments arguments = arguments();
    return scope -> {
      scope.run().step();
      Object found = function.in(scope);
      if (found instanceof Function callable) {
        return callable.call(scope.run(), arguments.values(scope), arguments.named(scope));
      }
      if (found instanceof Undefined undefined) {
        throw new Fault("%s, so it cannot be called".formatted(undefined.problem()));
      }
      throw new Fault("%s cannot be called".formatted(Values.typeName(found)));
    };
  }

  /** What stands between the brackets of a call. */
  private record Arguments(List<Expr> values, Map<String, Expr> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    List<Object> values(Scope scope) {
      List<Object> computed = new ArrayList<>();
      values.forEach(value -> computed.add(value.in(scope)));
      return computed;
    }

    Map<String, Object> named(Scope scope) {
      Map<String, Object> computed = new LinkedHashMap<>();
      named.forEach((name, value) -> computed.put(name, value.in(scope)));
      return computed;
    }
  }

  private Arguments arguments() {
    tokens.expectOperator("(");
    tokens.enter();
    List<Expr> values = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    while (!tokens.skipOperator(")")) {
      if (!values.isEmpty() || !named.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(")")) {
          break;
        }
      }
      if (tokens.isOperator("*") || tokens.isOperator("**")) {
        throw TemplateException.at(
            tokens.peek().line(), "\"*\" before an argument is not supported");
      }
      if (tokens.peek().kind() == Kind.NAME && tokens.second().is(Kind.OPERATOR, "=")) {
        String name = tokens.expectName();
        tokens.expectOperator("=");
        named.put(name, expression());
      } else if (named.isEmpty()) {
        values.add(expression());
      } else {
        throw tokens.unexpected("a named argument");
      }
    }
    tokens.leave();
    return new Arguments(values, named);
  }

  /** Filters, tests and calls after a value. */
  private Expr filtered(Expr start) {
    Expr value = start;
    while (true) {
      if (tokens.isOperator("|")) {
        value = filters(value);
      } else if (tokens.isName("is")) {
        tokens.next();
        value = test(value);
      } else if (tokens.isOperator("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  /** {@code value | trim | upper}; also the filters of a block. */
  Expr filters(Expr start) {
    Expr value = start;
    while (tokens.skipOperator("|")) {
      value = filter(value);
    }
    return value;
  }

  Expr filter(Expr value) {
    int line = tokens.peek().line();
    String name = tokens.expectName();
    Function filter = Filters.require(name, line);
    Arguments arguments = tokens.isOperator("(") ? arguments() : Arguments.NONE;
    return applied(filter, value, arguments);
  }

  private Expr test(Expr value) {
    boolean negated = tokens.skipName("not");
    int line = tokens.peek().line();
    Function test = Tests.require(tokens.expectName(), line);
    Arguments arguments = Arguments.NONE;
    if (tokens.isOperator("(")) {
      arguments = arguments();
    } else if (startsArgument()) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of());
    }
    Expr tested = applied(test, value, arguments);
    return negated ? scope -> !Values.truth(tested.in(scope)) : tested;
  }

  private boolean startsArgument() {
    return switch (tokens.peek().kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !AFTER_TEST.contains(tokens.peek().text());
      default -> tokens.isOperator("[") || tokens.isOperator("{");
    };
  }

  private static Expr applied(Function function, Expr value, Arguments arguments) {
    return scope -> {
      scope.run().step();
      List<Object> values = new ArrayList<>();
      values.add(value.in(scope));
      values.addAll(arguments.values(scope));
      return function.call(scope.run(), values, arguments.named(scope));
    };
  }
}
