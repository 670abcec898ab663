package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.autodiff.Coverage;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.export.BaseEncoder;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.CrossEntropyLoss;
import dev.graft.inject.LoraInjection;
import dev.graft.inject.Pooling;
import dev.graft.inject.TaskGraphs;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.UnsupportedModelException;
import dev.graft.onnx.Value;
import dev.graft.onnx.io.OnnxReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@code graft inspect MODEL.onnx} says.
 *
 * @param encoder the model made ready for adapters, if that is possible
 * @param problem why it is not
 * @param gaps what has no gradient, in words; empty where everything has one
 */
record ModelInspection(
    Path path,
    Model model,
    Optional<BaseEncoder> encoder,
    Optional<String> problem,
    Optional<String> gaps)
    implements InspectCommand.Inspection {

  static ModelInspection of(Path path) throws IOException {
    Model model = OnnxReader.read(path);
    try {
      BaseEncoder encoder = BaseEncoder.of(model, Pooling.MEAN);
      Coverage coverage = coverage(encoder);
      return new ModelInspection(
          path,
          model,
          Optional.of(encoder),
          Optional.empty(),
          coverage.isComplete() ? Optional.empty() : Optional.of(coverage.describe()));
    } catch (IllegalArgumentException | UnsupportedModelException e) {
      return new ModelInspection(
          path,
          model,
          Optional.empty(),
          Optional.of(String.valueOf(e.getMessage())),
          Optional.empty());
    }
  }

  /** Looks at the graph as training would use it, with an adapter at every linear module. */
  private static Coverage coverage(BaseEncoder encoder) {
    List<LinearModule> slots = encoder.modules();
    Graph eval =
        new TaskGraphs(
                encoder.graph(), encoder.signature(), encoder.hiddenSize(), Pooling.MEAN, slots)
            .eval(ClassificationHead.linear());
    List<String> trainable = new ArrayList<>();
    for (LinearModule slot : slots) {
      trainable.add(LoraInjection.inputA(slot.path()));
      trainable.add(LoraInjection.inputB(slot.path()));
    }
    return Coverage.of(eval, CrossEntropyLoss.LOSS, trainable);
  }

  private Map<String, Integer> operators() {
    Map<String, Integer> counts = new TreeMap<>();
    model.graph().nodes().forEach(node -> counts.merge(node.op().toString(), 1, Integer::sum));
    return counts;
  }

  private long weightBytes() {
    return model.graph().initializers().values().stream()
        .mapToLong(tensor -> tensor.data().sizeBytes())
        .sum();
  }

  @Override
  public ObjectNode json() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("kind", "model");
    out.put("opset", model.opset());
    out.put("irVersion", model.irVersion());
    out.put("producer", "%s %s".formatted(model.producerName(), model.producerVersion()).strip());
    out.put("weightBytes", weightBytes());
    values(out.putArray("inputs"), model.graph().inputs());
    values(out.putArray("outputs"), model.graph().outputs());
    ObjectNode operators = out.putObject("operators");
    operators().forEach(operators::put);
    encoder.ifPresent(
        e -> {
          ObjectNode patterns = out.putObject("patterns");
          e.patterns().forEach(patterns::put);
          ArrayNode modules = out.putArray("linearModules");
          e.modules()
              .forEach(
                  m ->
                      modules
                          .addObject()
                          .put("module", m.path())
                          .put("in", m.in())
                          .put("out", m.out()));
        });
    out.put("trainable", encoder.isPresent() && gaps.isEmpty());
    problem.ifPresent(p -> out.put("problem", p));
    gaps.ifPresent(g -> out.put("missingGradients", g));
    return out;
  }

  private static void values(ArrayNode list, List<Value> values) {
    values.forEach(v -> list.addObject().put("name", v.name()).put("type", v.type().toString()));
  }

  @Override
  public void show(Screen screen) {
    Style style = screen.style();
    screen.print("%s  %s".formatted(style.bold("model"), path));
    TextTable facts = new TextTable(style, "", "");
    facts.row("opset", model.opset());
    facts.row("made by", "%s %s".formatted(model.producerName(), model.producerVersion()).strip());
    facts.row(
        "weights",
        "%s in %d tensors"
            .formatted(Quantities.bytes(weightBytes()), model.graph().initializers().size()));
    model.graph().inputs().forEach(v -> facts.row("input", v.name() + "  " + v.type()));
    model.graph().outputs().forEach(v -> facts.row("output", v.name() + "  " + v.type()));
    screen.print(facts.render("  "));
    screen.print("");
    screen.print(
        "  %s   %s"
            .formatted(
                style.dim("operators"),
                operators().entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                    .map(e -> "%s %d".formatted(e.getKey(), e.getValue()))
                    .collect(Collectors.joining(", "))));
    encoder.ifPresent(e -> showEncoder(screen, e));
    screen.print("");
    screen.print(verdict(style));
  }

  private static void showEncoder(Screen screen, BaseEncoder encoder) {
    BundleInspection.showPatterns(screen, encoder.patterns());
    screen.print("");
    TextTable modules =
        new TextTable(screen.style(), "linear module (for --targets)", ">in", ">out");
    encoder.modules().forEach(m -> modules.row(m.path(), m.in(), m.out()));
    screen.print(modules.render("  "));
  }

  private String verdict(Style style) {
    if (problem.isPresent()) {
      return style.yellow("cannot be exported: ") + problem.get();
    }
    if (gaps.isPresent()) {
      return style.yellow("cannot be trained: ") + gaps.get();
    }
    return "%s every operator on the way has a gradient: ready for 'graft export'"
        .formatted(style.done());
  }
}
