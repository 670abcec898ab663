package dev.graft.chat;

import dev.graft.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what can follow a value: attributes, elements, calls, filters and tests. */
final class PostfixParser {
  private static final Set<String> AFTER_TEST =
      Set.of("else", "and", "or", "if", "is", "not", "in");

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PostfixParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** Attributes, elements, slices and calls. */
  Expr after(Expr start) {
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
      parts.add(omitted ? ExpressionParser.constant(None.NONE) : expressions.expression());
      if (tokens.skipOperator(":")) {
        slice = true;
        if (tokens.isOperator("]")) {
          parts.add(ExpressionParser.constant(None.NONE));
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
    Expr third = parts.size() < 3 ? ExpressionParser.constant(None.NONE) : parts.get(2);
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
        named.put(name, expressions.expression());
      } else if (named.isEmpty()) {
        values.add(expressions.expression());
      } else {
        throw tokens.unexpected("a named argument");
      }
    }
    tokens.leave();
    return new Arguments(values, named);
  }

  /** Filters, tests and calls. */
  Expr filtered(Expr start) {
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
      arguments = new Arguments(List.of(after(expressions.primary())), Map.of());
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
