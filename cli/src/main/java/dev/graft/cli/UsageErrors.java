package dev.graft.cli;

import dev.graft.adapter.NearestNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, and what was probably meant. */
final class UsageErrors {
  private static final int LONGEST_VALUE = 200;

  private UsageErrors() {}

  static CommandFailure explain(ParameterException e, String[] args, LayeredDefaults defaults) {
    if (e.getCause() instanceof CommandFailure failure) {
      return failure;
    }
    CommandLine line = e.getCommandLine();
    CommandSpec command = line.getCommandSpec();
    String name = command.qualifiedName();
    String help = "see '%s --help'".formatted(name);
    List<String> unmatched =
        e instanceof UnmatchedArgumentException u ? u.getUnmatched() : line.getUnmatchedArguments();
    Optional<String> typo = unmatched.stream().filter(a -> a.startsWith("-")).findFirst();
    if (typo.isPresent()) {
      return unknownOption(typo.get(), command, help);
    }
    if (e instanceof UnmatchedArgumentException) {
      return command.subcommands().isEmpty()
          ? CommandFailure.usage(
              "'%s' does not understand '%s'".formatted(name, unmatched.get(0)),
              "it takes %s".formatted(parameters(command)),
              help)
          : unknownCommand(unmatched.get(0), command, help);
    }
    if (e instanceof MissingParameterException missing) {
      String all =
          missing.getMissing().stream().map(UsageErrors::label).collect(Collectors.joining(", "));
      return CommandFailure.usage(
          "'%s' needs more to go on".formatted(name),
          "missing: %s".formatted(all),
          help + " for what it means and for examples");
    }
    if (e instanceof OverwrittenOptionException) {
      return CommandFailure.usage(
          "an option of '%s' is given twice".formatted(name), lower(e), "give it once");
    }
    return malformed(e, name, help, args, defaults);
  }

  private static CommandFailure unknownOption(String given, CommandSpec command, String help) {
    String option = given.replaceFirst("=.*", "");
    List<String> known = new ArrayList<>();
    for (OptionSpec spec : command.options()) {
      known.addAll(Arrays.asList(spec.names()));
    }
    List<String> words = known.stream().filter(n -> n.startsWith("--")).toList();
    String near = NearestNames.suggestion(option, words);
    return CommandFailure.usage(
        "'%s' has no option '%s'".formatted(command.qualifiedName(), option),
        near.isEmpty()
            ? "options are %s".formatted(String.join(", ", new TreeSet<>(words)))
            : "no option is called so",
        near.isEmpty() ? help : near.replace('"', '\''));
  }

  private static CommandFailure unknownCommand(String given, CommandSpec command, String help) {
    List<String> known = List.copyOf(command.subcommands().keySet());
    String near = NearestNames.suggestion(given, known);
    return CommandFailure.usage(
        "'%s' has no command '%s'".formatted(command.qualifiedName(), given),
        "commands are %s".formatted(String.join(", ", known)),
        near.isEmpty() ? help : near.replace('"', '\''));
  }

  private static CommandFailure malformed(
      ParameterException e, String name, String help, String[] args, LayeredDefaults defaults) {
    ArgSpec arg = e.getArgSpec();
    if (arg == null) {
      return CommandFailure.usage("'%s' cannot be run like this".formatted(name), lower(e), help);
    }
    String value = e.getValue() == null ? "" : e.getValue();
    boolean onCommandLine =
        arg instanceof OptionSpec option && Arrays.stream(args).anyMatch(a -> isOption(a, option));
    LayeredDefaults.Source source =
        arg instanceof OptionSpec option && !onCommandLine ? defaults.sourceOf(option) : null;
    String from = source == null ? "" : " (from %s)".formatted(source.place());
    String what = "%s cannot be '%s'%s".formatted(label(arg), shortened(value), from);
    Class<?> type = arg.auxiliaryTypes()[arg.auxiliaryTypes().length - 1];
    if (e.getCause() instanceof ValueProblem problem) {
      return CommandFailure.usage(
          what, problem.why(), problem.fix().isEmpty() ? help : problem.fix());
    }
    if (type.isEnum()) {
      List<String> known =
          Arrays.stream(type.getEnumConstants())
              .map(constant -> String.valueOf(constant).toLowerCase(Locale.ROOT))
              .sorted()
              .toList();
      String near = NearestNames.suggestion(value, known);
      return CommandFailure.usage(
          what,
          "it is one of %s".formatted(String.join(", ", known)),
          near.isEmpty() ? help : near.replace('"', '\''));
    }
    return CommandFailure.usage(what, expected(type, e), help);
  }

  private static String shortened(String value) {
    return value.length() <= LONGEST_VALUE
        ? value
        : "%s... (%d characters)".formatted(value.substring(0, LONGEST_VALUE), value.length());
  }

  private static String expected(Class<?> type, ParameterException e) {
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "it must be a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "it must be a number such as 0.003 or 3e-3";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "it must be true or false";
    }
    return lower(e);
  }

  private static boolean isOption(String arg, OptionSpec option) {
    return Arrays.stream(option.names()).anyMatch(n -> arg.equals(n) || arg.startsWith(n + "="));
  }

  private static String parameters(CommandSpec command) {
    return command.positionalParameters().isEmpty()
        ? "options only"
        : command.positionalParameters().stream()
            .map(UsageErrors::label)
            .collect(Collectors.joining(" "));
  }

  private static String label(ArgSpec arg) {
    return arg instanceof OptionSpec option
        ? Arrays.stream(option.names())
            .filter(name -> name.startsWith("--"))
            .findFirst()
            .orElse(option.longestName())
        : arg.paramLabel();
  }

  private static String lower(ParameterException e) {
    String text = e.getMessage();
    return text == null || text.isEmpty()
        ? "it is not acceptable"
        : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
