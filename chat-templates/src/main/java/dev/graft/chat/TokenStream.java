package dev.graft.chat;

import dev.graft.chat.Token.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tokens of a template, one after the other, and the names seen on the way. */
final class TokenStream {
  /** Deeper than any template that people write, and no danger to the stack. */
  private static final int MOST_NESTED = 200;

  private final List<Token> tokens;
  private final Set<String> mentioned = new HashSet<>();
  private int at;
  private int nested;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  /** The token after the next. */
  Token second() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    if (token.kind() == Kind.NAME || token.kind() == Kind.STRING) {
      mentioned.add(token.text());
    }
    return token;
  }

  boolean isOperator(String text) {
    return peek().is(Kind.OPERATOR, text);
  }

  boolean isName(String text) {
    return peek().is(Kind.NAME, text);
  }

  boolean skipOperator(String text) {
    boolean found = isOperator(text);
    at += found ? 1 : 0;
    return found;
  }

  boolean skipName(String text) {
    boolean found = isName(text);
    at += found ? 1 : 0;
    return found;
  }

  void expectOperator(String text) {
    if (!skipOperator(text)) {
      throw unexpected("\"%s\"".formatted(text));
    }
  }

  void expectName(String text) {
    if (!skipName(text)) {
      throw unexpected("\"%s\"".formatted(text));
    }
  }

  String expectName() {
    if (peek().kind() != Kind.NAME) {
      throw unexpected("a name");
    }
    return next().text();
  }

  void expect(Kind kind, String what) {
    if (peek().kind() != kind) {
      throw unexpected(what);
    }
    at++;
  }

  TemplateException unexpected(String expected) {
    return TemplateException.at(
        peek().line(), "found %s, expected %s".formatted(peek().shown(), expected));
  }

  void enter() {
    if (++nested > MOST_NESTED) {
      throw TemplateException.at(
          peek().line(), "more than %d blocks or brackets in each other".formatted(MOST_NESTED));
    }
  }

  void leave() {
    nested--;
  }

  Set<String> mentioned() {
    return mentioned;
  }
}
