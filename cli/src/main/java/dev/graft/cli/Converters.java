package dev.graft.cli;

import dev.graft.adapter.TargetModules;
import dev.graft.export.HeadStyle;
import dev.graft.export.Task;
import dev.graft.inject.Pooling;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/** Values of options that have a grammar or a list of their own. */
final class Converters {
  /** What no module path has, but a regular expression does. */
  private static final Pattern REGEX_SIGNS = Pattern.compile("[\\\\*+?()\\[\\]{}|^$]");

  private Converters() {}

  /** Modules by name, by regular expression, or all. */
  static TargetModules modules(String text) {
    if (text.isBlank()) {
      throw CommandFailure.usage(
          "no module is named", "the list of modules is empty", "name some, such as query,value");
    }
    if (text.toLowerCase(Locale.ROOT).equals("all-linear") || REGEX_SIGNS.matcher(text).find()) {
      return TargetModules.parse(text);
    }
    return new TargetModules.Suffixes(
        Arrays.stream(text.split(",", -1)).map(String::strip).toList());
  }

  /** {@code --task}. */
  static final class TaskConverter implements ITypeConverter<Task> {
    @Override
    public Task convert(String value) {
      return parse(value, Task::parse);
    }
  }

  /** {@code --pooling}. */
  static final class PoolingConverter implements ITypeConverter<Pooling> {
    @Override
    public Pooling convert(String value) {
      return parse(value, Pooling::parse);
    }
  }

  /** {@code --head}. */
  static final class HeadConverter implements ITypeConverter<HeadStyle> {
    @Override
    public HeadStyle convert(String value) {
      return parse(value, HeadStyle::parse);
    }
  }

  /** Turns the message of a room into why and fix. */
  static <T> T parse(String value, Function<String, T> parser) {
    try {
      return parser.apply(value);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      int hint = message.indexOf("did you mean");
      throw hint < 0
          ? new ValueProblem(message, "")
          : new ValueProblem(
              message.substring(0, hint).strip(), message.substring(hint).replace('"', '\''));
    }
  }
}
