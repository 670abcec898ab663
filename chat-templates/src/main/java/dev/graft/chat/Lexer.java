package dev.graft.chat;

import dev.graft.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, white space around tags handled as Jinja does with {@code
 * trim_blocks} and {@code lstrip_blocks}.
 */
final class Lexer {
  private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(?:-%\\}\\s*|%\\})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%\\}|-%\\}\\s*|%\\}\\n?)");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String lines = template.replace("\r\n", "\n").replace('\r', '\n');
    return new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(at), at);
        at = source.length();
      } else {
        tag(tag);
      }
    }
    tokens.add(new Token(Kind.END, "", line));
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private void tag(int tag) {
    char kind = source.charAt(tag + 1);
    char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
    data(beforeTag(source.substring(at, tag), sign, kind != '{'), at);
    move(tag + (sign == '-' || sign == '+' ? 3 : 2));
    if (kind == '#') {
      comment();
      return;
    }
    Matcher raw = RAW.matcher(source).region(at, source.length());
    if (kind == '%' && raw.lookingAt()) {
      move(raw.end());
      raw();
      return;
    }
    boolean print = kind == '{';
    tokens.add(new Token(print ? Kind.PRINT_BEGIN : Kind.BLOCK_BEGIN, "", line));
    new TagLexer(print).run();
  }

  /** What is left of the text before a tag. */
  private String beforeTag(String text, char sign, boolean block) {
    if (sign == '-') {
      return Blanks.stripEnd(text);
    }
    int lineStart = text.lastIndexOf('\n') + 1;
    boolean startsLine = lineStart > 0 || at == 0 || source.charAt(at - 1) == '\n';
    return block && sign != '+' && startsLine && Blanks.all(text, lineStart)
        ? text.substring(0, lineStart)
        : text;
  }

  private void data(String text, int from) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.DATA, text, lineAt(from)));
    }
  }

  private int lineAt(int position) {
    return position == at ? line : line + (int) count(at, position);
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw TemplateException.at(line, "a comment is not closed by \"#}\"");
    }
    afterTag(end + 2, end > at ? source.charAt(end - 1) : 0, true);
  }

  private void raw() {
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw TemplateException.at(line, "{% raw %} is not closed by {% endraw %}");
    }
    String sign = String.valueOf(end.group(1));
    data(
        beforeTag(source.substring(at, end.start()), sign.isEmpty() ? 0 : sign.charAt(0), true),
        at);
    move(end.end());
  }

  /** Go on behind a tag: {@code -} takes white space with it, a block its line's end. */
  private void afterTag(int end, char sign, boolean block) {
    int to = end;
    if (sign == '-') {
      while (to < source.length() && Blanks.is(source.charAt(to))) {
        to++;
      }
    } else if (block && sign != '+' && to < source.length() && source.charAt(to) == '\n') {
      to++;
    }
    move(to);
  }

  private void move(int to) {
    line += (int) count(at, to);
    at = to;
  }

  private long count(int from, int to) {
    return source.substring(from, to).chars().filter(c -> c == '\n').count();
  }

  /** Cuts the inside of a tag. */
  private final class TagLexer {
    private final boolean print;
    private final String end;
    private int open;

    TagLexer(boolean print) {
      this.print = print;
      this.end = print ? "}}" : "%}";
    }

    void run() {
      while (true) {
        while (at < source.length() && Blanks.is(source.charAt(at))) {
          move(at + 1);
        }
        if (at >= source.length()) {
          throw TemplateException.at(line, "a tag is not closed by \"%s\"".formatted(end));
        }
        if (open == 0 && ended()) {
          return;
        }
        char c = source.charAt(at);
        if (c >= '0' && c <= '9') {
          number();
        } else if (c == '_' || Character.isUnicodeIdentifierStart(c)) {
          name();
        } else if (c == '"' || c == '\'') {
          string(c);
        } else {
          operator();
        }
      }
    }

    private boolean ended() {
      char c = source.charAt(at);
      boolean signed = (c == '-' || (c == '+' && !print)) && source.startsWith(end, at + 1);
      if (!signed && !source.startsWith(end, at)) {
        return false;
      }
      tokens.add(new Token(print ? Kind.PRINT_END : Kind.BLOCK_END, end, line));
      afterTag(at + (signed ? 3 : 2), signed ? c : 0, !print);
      return true;
    }

    private void number() {
      Matcher number = Numbers.LITERAL.matcher(source).region(at, source.length());
      if (!number.lookingAt()) {
        throw TemplateException.at(line, "a number is broken");
      }
      String text = number.group().replace("_", "");
      boolean whole = text.chars().allMatch(Character::isDigit);
      tokens.add(new Token(whole ? Kind.INTEGER : Kind.FLOAT, text, line));
      move(number.end());
    }

    private void name() {
      int to = at;
      while (to < source.length()
          && (source.charAt(to) == '_' || Character.isUnicodeIdentifierPart(source.charAt(to)))) {
        to++;
      }
      tokens.add(new Token(Kind.NAME, source.substring(at, to), line));
      move(to);
    }

    private void string(char quote) {
      int to = at + 1;
      while (to < source.length() && source.charAt(to) != quote) {
        to += source.charAt(to) == '\\' ? 2 : 1;
      }
      if (to >= source.length()) {
        throw TemplateException.at(line, "a string is not closed by %s".formatted(quote));
      }
      tokens.add(new Token(Kind.STRING, Escapes.undo(source.substring(at + 1, to), line), line));
      move(to + 1);
    }

    private void operator() {
      for (String operator : Numbers.OPERATORS) {
        if (source.startsWith(operator, at)) {
          if ("([{".contains(operator)) {
            open++;
          } else if (")]}".contains(operator)) {
            open--;
          }
          if (open < 0) {
            throw TemplateException.at(line, "\"%s\" closes nothing".formatted(operator));
          }
          tokens.add(new Token(Kind.OPERATOR, operator, line));
          move(at + operator.length());
          return;
        }
      }
      throw TemplateException.at(line, "\"%s\" is not expected here".formatted(source.charAt(at)));
    }
  }

  /** How numbers and operators are written. */
  private static final class Numbers {
    static final Pattern LITERAL =
        Pattern.compile("[0-9][0-9_]*(?:\\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?");

    /** Longer ones first. */
    static final List<String> OPERATORS =
        List.of(
            "==", "!=", ">=", "<=", "//", "**", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")",
            "{", "}", ">", "<", "=", ".", ":", "|", ",");

    private Numbers() {}
  }
}
