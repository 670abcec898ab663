package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.algebra.Combination;
import dev.graft.adapter.algebra.CombinationMethod;
import dev.graft.adapter.algebra.CombinationOptions;
import dev.graft.adapter.algebra.CombinedAdapter;
import dev.graft.adapter.algebra.ConflictReport;
import dev.graft.adapter.algebra.MajoritySign;
import dev.graft.adapter.algebra.SavedParameters;
import dev.graft.adapter.algebra.WeightedAdapter;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.cli.screen.Screen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters combine}: several adapters of one base as one. */
@Command(
    name = "combine",
    customSynopsis = "graft adapters combine ADAPTER[:WEIGHT]... -o DIR [OPTIONS]",
    description =
        "Combine LoRA adapters of one base into one, as PEFT's add_weighted_adapter does, and say"
            + " how much they are in each other's way. A weight below 0 subtracts.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters combine tone:0.7 brief:0.3 -o both",
      "  graft adapters combine tone brief -o both --method ties --density 0.5",
      "  graft adapters combine tone legal:-0.5 -o informal --method cat"
    })
final class CombineCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      arity = "1..*",
      paramLabel = "ADAPTER[:WEIGHT]",
      description = "An adapter in any format, or a run, with its weight. Default weight: 1.")
  List<String> adapters;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write, in PEFT's format; it must not exist.")
  Path output;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      defaultValue = "svd",
      converter = MethodConverter.class,
      description =
          "linear, cat, svd, ties, ties_svd, dare_linear, dare_ties, dare_linear_svd,"
              + " dare_ties_svd, magnitude_prune or magnitude_prune_svd. Default:"
              + " ${DEFAULT-VALUE}.")
  CombinationMethod method;

  @Option(
      names = "--density",
      paramLabel = "SHARE",
      description = "Share of the values that ties, dare and magnitude_prune keep, up to 1.")
  Optional<Double> density = Optional.empty();

  @Option(
      names = "--majority-sign",
      paramLabel = "HOW",
      description = "How ties elects signs: total or frequency. Default: total.")
  Optional<MajoritySign> majoritySign = Optional.empty();

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank of what svd methods write. Default: the adapters' largest.")
  Optional<Integer> rank = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Where the random numbers of dare start. Default: 0.")
  Optional<Long> seed = Optional.empty();

  @Option(
      names = "--saved",
      paramLabel = "RULE",
      defaultValue = "refuse",
      description =
          "Heads of several adapters: refuse, or take the first. Default: ${DEFAULT-VALUE}.")
  SavedParameters saved;

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  CombineCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return adapters.stream()
        .map("'%s'"::formatted)
        .collect(Collectors.joining(" and ", "combine ", ""));
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireAbsent(output);
    CombinationOptions options = options();
    Screen screen = context.screen();
    List<WeightedAdapter> read = read(screen);
    for (String warning : Combination.check(read, options)) {
      screen.note(screen.noteStyle().yellow("warning: ") + warning);
    }
    Optional<ConflictReport> conflicts =
        read.size() < 2 ? Optional.empty() : Optional.of(ConflictReport.of(read));
    if (!json.json) {
      conflicts.ifPresent(report -> CombinationAnswer.show(report, screen));
    }
    CombinedAdapter combined = Combination.of(read, options);
    new PeftFormat().write(combined.adapter(), output);
    if (json.json) {
      screen.printJson(CombinationAnswer.json(output, combined, conflicts));
    } else {
      CombinationAnswer.show(output, combined, screen);
    }
    return ExitCode.OK.code();
  }

  private CombinationOptions options() {
    CombinationOptions options = CombinationOptions.of(method).withSaved(saved);
    options = density.isPresent() ? options.withDensity(density.get()) : options;
    options = majoritySign.isPresent() ? options.withMajoritySign(majoritySign.get()) : options;
    options = rank.isPresent() ? options.withRank(rank.get()) : options;
    if (seed.isPresent() && !method.isRandom()) {
      throw CommandFailure.usage(
          "--seed has no effect on %s".formatted(method.text()),
          "only the dare methods are random",
          "leave it out");
    }
    options = seed.isPresent() ? options.withSeed(seed.get()) : options;
    options.check();
    return options;
  }

  private List<WeightedAdapter> read(Screen screen) throws IOException {
    List<WeightedAdapter> read = new ArrayList<>();
    for (WeightedPath each : adapters.stream().map(WeightedPath::parse).toList()) {
      Adapter adapter = Inputs.adapter(each.path(), screen);
      read.add(new WeightedAdapter(each.path().toString(), adapter, each.weight()));
    }
    return read;
  }

  /** {@code --method}. */
  static final class MethodConverter implements ITypeConverter<CombinationMethod> {
    @Override
    public CombinationMethod convert(String value) {
      return Converters.parse(value, CombinationMethod::parse);
    }
  }
}
