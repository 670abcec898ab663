package dev.graft.cli;

import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The table of commands, in the order of the help page. */
final class Commands {
  private Commands() {}

  static void addTo(CommandLine line, CommandContext context) {
    line.addSubcommand("quickstart", new QuickstartCommand(context));
    line.addSubcommand("pull", new PullCommand(context));
    line.addSubcommand("export", new ExportCommand(context));
    CommandLine train = new CommandLine(new TrainCommand(context));
    TrainingFlags.addTo(train.getCommandSpec());
    line.addSubcommand("train", train);
    line.addSubcommand("eval", new EvalCommand(context));
    line.addSubcommand("predict", new PredictCommand(context));
    line.addSubcommand("generate", new GenerateCommand(context));
    line.addSubcommand("chat", new ChatCommand(context));
    line.addSubcommand("embed", new EmbedCommand(context));
    line.addSubcommand("merge", new MergeCommand(context));
    line.addSubcommand("convert", new ConvertCommand(context));
    line.addSubcommand("inspect", new InspectCommand(context));
    line.addSubcommand(
        "adapters",
        new CommandLine(new AdaptersCommand(context))
            .addSubcommand("combine", new CombineCommand(context))
            .addSubcommand("resize", new ResizeCommand(context)));
    line.addSubcommand(
        "data",
        new CommandLine(new DataCommand(context))
            .addSubcommand("check", new DataCheckCommand(context)));
    line.addSubcommand("sample", new SampleCommand(context));
    line.addSubcommand("doctor", new DoctorCommand(context));
    line.addSubcommand("completion", new CompletionCommand(context));
    line.addSubcommand("help", new HelpCommand());
  }

  /** Every environment variable that stands for an option. */
  static Set<String> variables(CommandLine line) {
    Set<String> variables = new TreeSet<>();
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (LayeredDefaults.isConfigurable(option)) {
        variables.add(LayeredDefaults.variable(LayeredDefaults.key(option)));
      }
    }
    line.getSubcommands().values().forEach(command -> variables.addAll(variables(command)));
    return variables;
  }
}
