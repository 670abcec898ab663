package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.infer.Prediction;
import dev.graft.infer.Request;
import dev.graft.merge.MergeReport;
import dev.graft.testmodels.Domain;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How the quickstart shows what it found. */
final class QuickstartReport {
  private QuickstartReport() {}

  /** Messages of three customers, as they might wait in one queue. */
  static List<Request> mixedBatch() {
    return List.of(
        Request.of("My card is refused at every till", Domain.BANKING.text()),
        Request.of("Our plane leaves four hours late, what now?", Domain.TRAVEL.text()),
        Request.of("The laptop makes a grinding noise", Domain.HELPDESK.text()),
        Request.of("I don't know this payment of 20 euros", Domain.BANKING.text()),
        Request.of("Do they let me into Peru with this passport?", Domain.TRAVEL.text()),
        Request.of("Somebody sent me a weird link, I opened it", Domain.HELPDESK.text()));
  }

  static String accuracies(Style style, List<Quickstart.DomainResult> results) {
    TextTable table =
        new TextTable(style, "domain", ">untrained head", ">nearest class mean", ">adapter");
    for (Quickstart.DomainResult r : results) {
      table.row(
          r.domain().text(),
          EvalCommand.percent(r.untrained()),
          EvalCommand.percent(r.classMean()),
          style.green(style.bold(EvalCommand.percent(r.trained()))));
    }
    return "%n%s%n%s"
        .formatted(
            table.render("  "),
            style.dim("  accuracy on 70 texts per domain that training has not seen"));
  }

  static String answers(Style style, List<String> texts, List<Prediction> answers) {
    TextTable table = new TextTable(style, "text", "adapter", "answer", ">certainty");
    for (int i = 0; i < texts.size(); i++) {
      Prediction answer = answers.get(i);
      table.row(
          texts.get(i),
          answer.adapter(),
          style.bold(answer.label()),
          String.format(Locale.ROOT, "%.0f %%", 100 * answer.score()));
    }
    return table.render("  ");
  }

  static List<String> swap(SwapTiming swap, Style style) {
    return List.of(
        "",
        "  a request with the same adapter as the one before  %s"
            .formatted(style.bold(Quantities.human(swap.sameSeconds()))),
        "  a request with another adapter                     %s"
            .formatted(style.bold(Quantities.human(swap.otherSeconds()))),
        "  replacing a loaded adapter by another              %s"
            .formatted(style.bold(Quantities.human(swap.loadSeconds()))));
  }

  static List<String> merge(MergeReport merge, Style style) {
    return List.of(
        "  %s, %s; its logits differ from the adapter's by at most %s"
            .formatted(
                style.bold("merged-banking/model.onnx"),
                Quantities.bytes(merge.sizeBytes()),
                style.bold(String.format(Locale.ROOT, "%.1e", merge.largestDifference()))));
  }

  static ObjectNode json(Quickstart.Outcome outcome, Path folder, double seconds) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("folder", folder.toString());
    out.put("seconds", seconds);
    ArrayNode domains = out.putArray("domains");
    for (Quickstart.DomainResult r : outcome.domains()) {
      domains
          .addObject()
          .put("domain", r.domain().text())
          .put("untrainedHead", r.untrained())
          .put("nearestClassMean", r.classMean())
          .put("adapter", r.trained())
          .put("steps", r.steps())
          .put("seconds", r.seconds());
    }
    ArrayNode mixed = out.putArray("mixedBatch");
    for (int i = 0; i < outcome.mixed().size(); i++) {
      Prediction answer = outcome.mixed().get(i);
      mixed
          .addObject()
          .put("text", outcome.mixedTexts().get(i))
          .put("adapter", answer.adapter())
          .put("label", answer.label())
          .put("score", answer.score());
    }
    out.putObject("swap")
        .put("sameAdapterSeconds", outcome.swap().sameSeconds())
        .put("otherAdapterSeconds", outcome.swap().otherSeconds())
        .put("replaceSeconds", outcome.swap().loadSeconds());
    out.putObject("merge")
        .put("maxAbsDiff", outcome.merge().largestDifference())
        .put("sizeBytes", outcome.merge().sizeBytes());
    return out;
  }
}
