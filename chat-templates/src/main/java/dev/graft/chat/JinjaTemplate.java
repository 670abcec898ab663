package dev.graft.chat;

import java.time.Clock;
import java.util.Map;
import java.util.Set;

/** A chat template, read and checked. Immutable; threads may share it. */
public final class JinjaTemplate {
  private static final int MOST_CHARACTERS = 1 << 20;

  private final Stmt body;
  private final Set<String> mentioned;
  private final boolean generation;
  private final Clock clock;

  JinjaTemplate(Stmt body, Set<String> mentioned, boolean generation, Clock clock) {
    this.body = body;
    this.mentioned = Set.copyOf(mentioned);
    this.generation = generation;
    this.clock = clock;
  }

  /**
   * Read a template.
   *
   * @param clock what {@code strftime_now} tells
   * @throws TemplateException if it is broken or uses what is not supported; the message has the
   *     line
   */
  public static JinjaTemplate parse(String source, Clock clock) {
    if (source.length() > MOST_CHARACTERS) {
      throw new TemplateException(
          "chat template has %d characters, expected at most %d"
              .formatted(source.length(), MOST_CHARACTERS));
    }
    try {
      return new TemplateParser(Lexer.tokens(source)).template(clock);
    } catch (StackOverflowError e) {
      throw tooDeep();
    }
  }

  /**
   * Render the template.
   *
   * @param variables strings, booleans, numbers, {@link None}, and lists and maps of them; they are
   *     copied
   * @throws TemplateException if the template fails, calls {@code raise_exception}, or exceeds a
   *     limit; the message has the line
   */
  public Rendered render(Map<String, Object> variables) {
    Run run = new Run(clock);
    Scope scope = new Scope(run);
    Functions.TABLE.forEach(scope::set);
    variables.forEach((name, value) -> scope.set(name, Values.of(value)));
    try {
      body.run(scope, run.output());
    } catch (StackOverflowError e) {
      throw tooDeep();
    }
    return new Rendered(run.output().toString(), run.generated());
  }

  /** Whether the template has this word as a variable, an attribute or a text. */
  public boolean mentions(String name) {
    return mentioned.contains(name);
  }

  /** Whether the template marks what the model is to write by {@code generation} blocks. */
  public boolean marksGeneration() {
    return generation;
  }

  private static TemplateException tooDeep() {
    return new TemplateException("chat template is nested too deep");
  }
}
