package dev.graft.chat;

import dev.graft.chat.Stmt.Flow;
import dev.graft.chat.Token.Kind;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads statements. */
final class TemplateParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private final PostfixParser filters;
  private boolean generation;
  private int loops;
  private int macros;

  TemplateParser(List<Token> tokens) {
    this.tokens = new TokenStream(tokens);
    this.expressions = new ExpressionParser(this.tokens);
    this.filters = new PostfixParser(this.tokens, this.expressions);
  }

  JinjaTemplate template(Clock clock) {
    Stmt body = body(Set.of());
    return new JinjaTemplate(body, tokens.mentioned(), generation, clock);
  }

  /** Statements up to a block that has one of these names, or to the end if there are none. */
  private Stmt body(Set<String> ends) {
    tokens.enter();
    int line = tokens.peek().line();
    List<Stmt> statements = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      if (token.kind() == Kind.END) {
        if (ends.isEmpty()) {
          break;
        }
        throw TemplateException.at(line, "the block is not closed by %s".formatted(ends));
      }
      if (token.kind() == Kind.BLOCK_BEGIN
          && tokens.second().kind() == Kind.NAME
          && ends.contains(tokens.second().text())) {
        break;
      }
      statements.add(Stmt.at(token.line(), statement()));
    }
    tokens.leave();
    return Stmt.all(statements);
  }

  private Stmt statement() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case DATA -> {
        String text = token.text();
        yield (scope, out) -> {
          out.append(text);
          return Flow.ON;
        };
      }
      case PRINT_BEGIN -> {
        Expr value = expressions.several(true);
        tokens.expect(Kind.PRINT_END, "\"}}\"");
        yield (scope, out) -> {
          out.append(PythonText.of(value.in(scope), scope.run()));
          return Flow.ON;
        };
      }
      default -> block();
    };
  }

  private Stmt block() {
    Token name = tokens.peek();
    if (name.kind() != Kind.NAME) {
      throw tokens.unexpected("the name of a block");
    }
    tokens.expectName(name.text());
    return switch (name.text()) {
      case "if" -> conditional();
      case "for" -> loop();
      case "set" -> assignment();
      case "macro" -> macro();
      case "generation" -> generated();
      case "filter" -> filtered();
      case "break" -> leave(Flow.BREAK, name);
      case "continue" -> leave(Flow.CONTINUE, name);
      default ->
          throw TemplateException.at(
              name.line(),
              "{%% %s %%} is not supported here; there are if, for, set, macro, filter, generation, break, continue and raw"
                  .formatted(name.text()));
    };
  }

  private void endBlock() {
    tokens.expect(Kind.BLOCK_END, "\"%}\"");
  }

  /** The closing block of a body that was read. */
  private void close(String name) {
    tokens.expect(Kind.BLOCK_BEGIN, "{%% %s %%}".formatted(name));
    tokens.expectName(name);
    endBlock();
  }

  private Stmt conditional() {
    List<Expr> conditions = new ArrayList<>();
    List<Stmt> bodies = new ArrayList<>();
    Set<String> ends = Set.of("elif", "else", "endif");
    conditions.add(expressions.several(false));
    endBlock();
    bodies.add(body(ends));
    while (tokens.second().text().equals("elif")) {
      tokens.expect(Kind.BLOCK_BEGIN, "a block");
      tokens.expectName("elif");
      conditions.add(expressions.several(false));
      endBlock();
      bodies.add(body(ends));
    }
    Stmt otherwise = otherwise("endif");
    return (scope, out) -> {
      for (int i = 0; i < conditions.size(); i++) {
        if (Values.truth(conditions.get(i).in(scope))) {
          return bodies.get(i).run(scope, out);
        }
      }
      return otherwise.run(scope, out);
    };
  }

  /** The {@code else} part, if there is one, and the end. */
  private Stmt otherwise(String end) {
    Stmt body = Stmt.all(List.of());
    if (tokens.second().text().equals("else")) {
      close("else");
      body = body(Set.of(end));
    }
    close(end);
    return body;
  }

  private Stmt loop() {
    Target target = target();
    tokens.expectName("in");
    Expr items = expressions.several(false);
    Expr condition = scope -> true;
    if (tokens.skipName("if")) {
      condition = expressions.expression();
    }
    if (tokens.isName("recursive")) {
      throw TemplateException.at(tokens.peek().line(), "recursive loops are not supported");
    }
    endBlock();
    loops++;
    Stmt body = body(Set.of("else", "endfor"));
    loops--;
    return new ForLoop(target, items, condition, body, otherwise("endfor"));
  }

  /** What a value is put into: a name, several names, or an attribute of a namespace. */
  private Target target() {
    List<String> names = new ArrayList<>();
    boolean bracket = tokens.skipOperator("(");
    names.add(tokens.expectName());
    while (tokens.skipOperator(",")) {
      names.add(tokens.expectName());
    }
    if (bracket) {
      tokens.expectOperator(")");
    }
    return names.size() == 1 ? Target.name(names.get(0)) : Target.names(names);
  }

  private Stmt assignment() {
    if (tokens.second().is(Kind.OPERATOR, ".")) {
      String owner = tokens.expectName();
      tokens.expectOperator(".");
      return assigned(Target.attribute(owner, tokens.expectName()));
    }
    return assigned(target());
  }

  private Stmt assigned(Target target) {
    if (tokens.skipOperator("=")) {
      Expr value = expressions.several(true);
      endBlock();
      return (scope, out) -> {
        target.set(scope, value.in(scope));
        return Flow.ON;
      };
    }
    Captured captured = new Captured();
    Expr value = filters.filters(captured.value());
    endBlock();
    Stmt body = body(Set.of("endset"));
    close("endset");
    return (scope, out) -> {
      target.set(scope, captured.run(body, value, scope));
      return Flow.ON;
    };
  }

  private Stmt filtered() {
    Captured captured = new Captured();
    Expr value = filters.filters(filters.filter(captured.value()));
    endBlock();
    Stmt body = body(Set.of("endfilter"));
    close("endfilter");
    return (scope, out) -> {
      out.append(PythonText.of(captured.run(body, value, scope), scope.run()));
      return Flow.ON;
    };
  }

  private Stmt macro() {
    String name = tokens.expectName();
    Map<String, Expr> parameters = new LinkedHashMap<>();
    tokens.expectOperator("(");
    while (!tokens.skipOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      String parameter = tokens.expectName();
      parameters.put(
          parameter,
          tokens.skipOperator("=")
              ? expressions.expression()
              : scope -> new Undefined("parameter \"%s\" was not provided".formatted(parameter)));
    }
    endBlock();
    macros++;
    int outer = loops;
    loops = 0;
    Stmt body = body(Set.of("endmacro"));
    loops = outer;
    macros--;
    close("endmacro");
    Macro macro = new Macro(name, parameters, body);
    return (scope, out) -> {
      scope.set(name, macro.in(scope));
      return Flow.ON;
    };
  }

  private Stmt generated() {
    int line = tokens.peek().line();
    if (macros > 0) {
      throw TemplateException.at(line, "{% generation %} in a macro is not supported");
    }
    endBlock();
    generation = true;
    Stmt body = body(Set.of("endgeneration"));
    close("endgeneration");
    return (scope, out) -> {
      int start = out.length();
      Flow flow = body.run(scope.inner(), out);
      if (out == scope.run().output()) {
        scope.run().generated().add(new Span(start, out.length()));
      }
      return flow;
    };
  }

  private Stmt leave(Flow flow, Token name) {
    if (loops == 0) {
      throw TemplateException.at(name.line(), "\"%s\" is not in a loop".formatted(name.text()));
    }
    endBlock();
    return (scope, out) -> flow;
  }
}
