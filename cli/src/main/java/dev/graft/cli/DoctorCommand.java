package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code graft doctor}: can Graft work on this machine? */
@Command(
    name = "doctor",
    customSynopsis = "graft doctor [OPTIONS]",
    description = "Check Java, ONNX Runtime, memory and disk, and train a tiny model.",
    footerHeading = "%nThe exit code is 0 if everything works, else 1.%n",
    footer = {})
final class DoctorCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Spec private CommandSpec spec;
  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  DoctorCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "examine this machine";
  }

  @Override
  public Integer call() {
    List<HealthChecks.Finding> findings =
        HealthChecks.all(context.env(), Commands.variables(spec.root().commandLine()));
    boolean well = findings.stream().noneMatch(f -> f.state() == HealthChecks.State.BROKEN);
    if (json.json) {
      context.screen().printJson(json(findings, well));
    } else {
      show(findings, well);
    }
    return (well ? ExitCode.OK : ExitCode.FAILURE).code();
  }

  private void show(List<HealthChecks.Finding> findings, boolean well) {
    Screen screen = context.screen();
    Style style = screen.style();
    TextTable table = new TextTable(style, "", "", "");
    for (HealthChecks.Finding finding : findings) {
      table.row(mark(style, finding.state()), finding.name(), finding.text());
    }
    screen.print(table.render(""));
    screen.print("");
    screen.print(
        well
            ? "%s Graft works here".formatted(style.done())
            : style.red("Graft does not work here: ") + "see the lines marked above");
  }

  private static String mark(Style style, HealthChecks.State state) {
    return switch (state) {
      case GOOD -> style.done();
      case WARNING -> style.yellow("!");
      case BROKEN -> style.red(style.unicode() ? "✗" : "no");
    };
  }

  private static ObjectNode json(List<HealthChecks.Finding> findings, boolean well) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("ok", well);
    ArrayNode list = out.putArray("checks");
    for (HealthChecks.Finding finding : findings) {
      list.addObject()
          .put("name", finding.name())
          .put("state", finding.state().name().toLowerCase(Locale.ROOT))
          .put("text", finding.text());
    }
    return out;
  }
}
