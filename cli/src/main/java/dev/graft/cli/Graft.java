package dev.graft.cli;

import dev.graft.cli.screen.Console;
import dev.graft.cli.screen.Screen;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The command line of one process: parses, runs a command, explains what went wrong. */
final class Graft {
  private static final int MAX_HELP_COLUMNS = 110;
  private static final int MIN_HELP_COLUMNS = 60;

  private final Console console;

  Graft(Console console) {
    this.console = console;
  }

  /** Runs one command line and returns the exit code; never throws. */
  int run(String... args) {
    List<String> given = Arrays.asList(args);
    boolean colors = !given.contains("--no-color");
    boolean quiet = given.contains("--quiet") || given.contains("-q");
    Screen screen = new Screen(console, colors, quiet);
    FailureReport report =
        new FailureReport(screen, given.contains("--debug"), given.contains("--json"));
    try {
      CommandLine line = commandLine(new CommandContext(screen, console.env()));
      LayeredDefaults defaults = LayeredDefaults.of(console.env(), args);
      forEachCommand(line, command -> command.setDefaultValueProvider(defaults));
      line.setParameterExceptionHandler(
          (e, commandArgs) -> report.show(UsageErrors.explain(e, commandArgs, defaults), e));
      line.setExecutionExceptionHandler((e, command, parsed) -> report(report, e, doing(command)));
      return line.execute(args);
    } catch (Throwable e) {
      return report(report, e, "run this command");
    }
  }

  private static int report(FailureReport report, Throwable e, String doing) {
    return Failures.isBrokenPipe(e)
        ? ExitCode.OK.code()
        : report.show(Failures.explain(e, doing), e);
  }

  private static String doing(CommandLine command) {
    return command.getCommand() instanceof Doing doing
        ? doing.doing()
        : "run '%s'".formatted(command.getCommandSpec().qualifiedName());
  }

  /** The tree of commands, ready to parse; also what the completion script is made from. */
  CommandLine commandLine(CommandContext context) {
    CommandLine line = new CommandLine(new GraftCommand(context));
    Commands.addTo(line, context);

    Ansi ansi = context.screen().style().colors() ? Ansi.ON : Ansi.OFF;
    int columns = Math.min(MAX_HELP_COLUMNS, Math.max(MIN_HELP_COLUMNS, console.columns()));
    forEachCommand(
        line,
        command ->
            command
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
                .setUsageHelpWidth(columns)
                .setUsageHelpLongOptionsMaxWidth(30)
                .setOut(context.writer())
                .setOverwrittenOptionsAllowed(false)
                .getCommandSpec()
                .usageMessage()
                .sortOptions(false)
                .sortSynopsis(false)
                .synopsisHeading("Usage: ")
                .descriptionHeading("%n")
                .parameterListHeading("%n")
                .abbreviateSynopsis(true));
    return line;
  }

  private static void forEachCommand(CommandLine line, Consumer<CommandLine> change) {
    change.accept(line);
    line.getSubcommands().values().forEach(command -> forEachCommand(command, change));
  }
}
