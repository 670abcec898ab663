package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.data.DataCheck;
import dev.graft.data.DataReport;
import dev.graft.export.Bundle;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft data check}: looks data over before training. */
@Command(
    name = "check",
    customSynopsis = "graft data check FILE [FILE] [OPTIONS]",
    description =
        "Count rows, labels, lengths, duplicates and empty rows; with two files also what they share.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft data check train.jsonl",
      "  graft data check train.jsonl test.jsonl --bundle bundle     # token lengths too"
    })
final class DataCheckCommand implements Callable<Integer>, Doing {
  private static final int LABELS_SHOWN = 20;
  private static final int TEXT_SHOWN = 60;

  private final CommandContext context;

  @Parameters(
      arity = "1..2",
      paramLabel = "FILE",
      description = "One file, or two (training and test data): .jsonl, .csv or .tsv.")
  List<Path> files;

  @Option(
      names = "--bundle",
      paramLabel = "BUNDLE",
      description = "Measure lengths in tokens with this bundle's tokenizer.")
  Optional<Path> bundle = Optional.empty();

  @Option(
      names = "--max-length",
      paramLabel = "TOKENS",
      description = "Longest text that is not cut. Default: the bundle's.")
  Optional<Integer> maxLength = Optional.empty();

  @Mixin ColumnOptions columns;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  DataCheckCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "check '%s'".formatted(files.get(0));
  }

  @Override
  public Integer call() throws Exception {
    files.forEach(Inputs::data);
    DataReport report = check();
    if (json.json) {
      context.screen().printJson(json(report));
    } else {
      show(report);
    }
    return ExitCode.OK.code();
  }

  private DataReport check() throws IOException {
    if (bundle.isEmpty()) {
      return check(new DataCheck(columns.columns()));
    }
    Bundle opened = Inputs.bundle(bundle.get());
    try (TextTokenizer tokenizer = TextTokenizer.open(opened.tokenizer())) {
      int limit = maxLength.orElse(opened.manifest().maxLength());
      EngineSettings.requirePositive("--max-length", limit);
      return check(new DataCheck(columns.columns(), tokenizer, limit));
    }
  }

  private DataReport check(DataCheck check) throws IOException {
    return files.size() == 1 ? check.of(files.get(0)) : check.of(files.get(0), files.get(1));
  }

  private static JsonNode json(DataReport report) {
    JsonMapper mapper = JsonMapper.builder().addModule(new Jdk8Module()).build();
    ObjectNode tree = mapper.valueToTree(report);
    tree.put("clean", report.clean());
    return tree;
  }

  private void show(DataReport report) {
    Screen screen = context.screen();
    show(report.first());
    report.second().ifPresent(this::show);
    report.leakage().ifPresent(this::show);
    screen.print("");
    screen.print(
        report.clean()
            ? "%s nothing to worry about".formatted(screen.style().done())
            : screen.style().yellow("look at the lines marked with ! before training"));
  }

  private void show(DataReport.FileReport file) {
    Screen screen = context.screen();
    Style style = screen.style();
    screen.print("%s  %d rows".formatted(style.bold(file.file()), file.rows()));
    lengths("characters", file.characters());
    file.tokens()
        .ifPresent(
            tokens -> {
              lengths("tokens", tokens.lengths());
              warn(
                  tokens.tooLongRows(),
                  "rows longer than %d tokens will be cut, such as line %s"
                      .formatted(tokens.maxLength(), first(tokens.tooLong())));
            });
    warn(file.emptyRowCount(), "rows without a text, at line " + first(file.emptyRows()));
    if (file.unlabelledRows() < file.rows()) {
      warn(file.unlabelledRows(), "rows without a label");
    }
    warn(
        file.duplicates().normalizedRows(),
        "rows repeat an earlier text (%d of them exactly)"
            .formatted(file.duplicates().exactRows()));
    warn(file.duplicates().conflictingTexts(), "texts have two labels or more");
    for (DataReport.Conflict conflict : file.duplicates().conflicts()) {
      screen.print(
          "      lines %s: '%s' is %s"
              .formatted(
                  conflict.lines(),
                  shortened(conflict.text()),
                  String.join(" and ", conflict.labels())));
    }
    labels(file);
  }

  private void labels(DataReport.FileReport file) {
    if (file.labels().isEmpty()) {
      return;
    }
    Screen screen = context.screen();
    int largest = file.labels().get(0).rows();
    screen.print(
        "  %d labels, the largest has %s times the rows of the smallest"
            .formatted(file.labels().size(), String.format(Locale.ROOT, "%.1f", file.imbalance())));
    TextTable table = new TextTable(screen.style(), "", ">", "");
    file.labels().stream()
        .limit(LABELS_SHOWN)
        .forEach(l -> table.row(l.label(), l.rows(), bar(l.rows(), largest)));
    screen.print(table.render("    "));
    if (file.labels().size() > LABELS_SHOWN) {
      screen.print("    and %d more".formatted(file.labels().size() - LABELS_SHOWN));
    }
  }

  private String bar(int rows, int largest) {
    Style style = context.screen().style();
    return style.cyan((style.unicode() ? "▪" : "*").repeat(Math.max(1, 20 * rows / largest)));
  }

  private void show(DataReport.Leakage leakage) {
    Screen screen = context.screen();
    screen.print(screen.style().bold("both files"));
    warn(
        leakage.normalizedRows(),
        "rows of the second file are in the first (%d of them exactly)"
            .formatted(leakage.exactRows()));
    leakage
        .shared()
        .forEach(
            s ->
                screen.print(
                    "      lines %d and %d: '%s'"
                        .formatted(s.firstLine(), s.secondLine(), shortened(s.text()))));
    warn(
        leakage.unknownLabels().size(),
        "labels of the second file are not in the first: "
            + String.join(", ", leakage.unknownLabels()));
    if (leakage.normalizedRows() == 0 && leakage.unknownLabels().isEmpty()) {
      screen.print("  no text in common, no label that only the second has");
    }
  }

  private void lengths(String unit, DataReport.Lengths lengths) {
    context
        .screen()
        .print(
            "  %s: median %d, 95 %% have at most %d, longest %d"
                .formatted(unit, lengths.median(), lengths.p95(), lengths.max()));
  }

  private void warn(int count, String what) {
    if (count > 0) {
      Screen screen = context.screen();
      screen.print("  %s %d %s".formatted(screen.style().yellow("!"), count, what));
    }
  }

  private static String first(List<Long> lines) {
    return lines.isEmpty() ? "?" : lines.get(0).toString();
  }

  private static String shortened(String text) {
    return text.length() <= TEXT_SHOWN ? text : text.substring(0, TEXT_SHOWN - 1) + "…";
  }
}
