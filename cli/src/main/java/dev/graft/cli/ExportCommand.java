package dev.graft.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.export.Bundle;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.ExportReport;
import dev.graft.export.HeadStyle;
import dev.graft.export.Manifest;
import dev.graft.export.Task;
import dev.graft.inject.Pooling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft export}: from a pretrained model to a bundle. */
@Command(
    name = "export",
    customSynopsis = "graft export MODEL.onnx -o BUNDLE --task TASK [OPTIONS]",
    description = "Make a bundle of a pretrained model, to train and serve on.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft export model.onnx -o bundle --task text-classification",
      "  graft export model.onnx -o bundle --task text-classification \\",
      "      --targets query,value --pooling cls",
      "  graft export model.onnx -o vectors --task feature-extraction",
      "  graft export roberta-base/ -o bundle --task text-classification --head family",
      "  graft export SmolLM2-135M-Instruct/ -o chat --task text-generation \\",
      "      --targets q_proj,v_proj",
      "",
      "The bundle has a slot for an adapter at every module that --targets names;",
      "'graft train --targets' may use some of them. 'graft inspect model.onnx' lists",
      "the modules."
    })
final class ExportCommand implements Callable<Integer>, Doing {
  private final CommandContext context;

  @Parameters(
      paramLabel = "MODEL",
      description = "The pretrained model: an .onnx file, or a Hugging Face checkpoint directory.")
  Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "BUNDLE",
      description = "The folder to make; it must not exist.")
  Path output;

  @Option(
      names = "--task",
      required = true,
      paramLabel = "TASK",
      converter = Converters.TaskConverter.class,
      description =
          "text-classification or text-generation (to train), or feature-extraction (vectors only).")
  Task task;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "Its tokenizer.json. Default: the one beside, or in, the model.")
  Optional<Path> tokenizer = Optional.empty();

  @Option(
      names = "--targets",
      paramLabel = "MODULES",
      defaultValue = "all-linear",
      description =
          "Modules that can get an adapter: names separated by commas (query,value), a regular expression, or all-linear. Default: ${DEFAULT-VALUE}.")
  String targets;

  @Option(
      names = "--exclude-modules",
      paramLabel = "MODULES",
      description = "Modules that get none, whatever --targets says.")
  Optional<String> exclude = Optional.empty();

  @Option(
      names = "--adapter-type",
      paramLabel = "TYPE,..",
      split = ",",
      description = "For text-generation: lora, prefix or both. Default: both.")
  List<String> adapterTypes = List.of();

  @Option(
      names = "--pooling",
      paramLabel = "HOW",
      converter = Converters.PoolingConverter.class,
      description =
          "How token vectors become one: mean, cls (the first token's) or pooler (the model's own). Default: mean.")
  Optional<Pooling> pooling = Optional.empty();

  @Option(
      names = "--head",
      paramLabel = "HEAD",
      converter = Converters.HeadConverter.class,
      description =
          "For text-classification: pooled (pooling and one linear layer), or family (that of the model's ...ForSequenceClassification, as PEFT's SEQ_CLS adapters have it). Default: family for a checkpoint of such a model, else pooled.")
  Optional<HeadStyle> head = Optional.empty();

  @Option(
      names = "--max-length",
      paramLabel = "TOKENS",
      description = "Longest text in tokens. Default: what the model can take.")
  Optional<Integer> maxLength = Optional.empty();

  @Mixin JsonOption json;

  @ArgGroup(validate = false, order = 1000, heading = CommonOptions.HEADING)
  CommonOptions common = new CommonOptions();

  ExportCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public String doing() {
    return "export '%s'".formatted(model);
  }

  @Override
  public Integer call() throws Exception {
    Inputs.requireExists(
        model, "model", "check the path of the .onnx file or checkpoint directory");
    Inputs.requireAbsent(output);
    if (Files.isRegularFile(model)) {
      TokenizerFit.check(model, tokenizer);
    }
    long start = System.nanoTime();
    ExportOptions options =
        new ExportOptions(
            task,
            pooling,
            head,
            Converters.modules(targets),
            exclude.map(Converters::modules),
            maxLength.map(OptionalInt::of).orElse(OptionalInt.empty()),
            adapterTypes.stream().map(ExportCommand::peftType).collect(Collectors.toSet()));
    ExportReport report = BundleExporter.export(model, tokenizer, options, output);
    Screen screen = context.screen();
    if (json.json) {
      screen.printJson(json(report));
    } else {
      show(report, (System.nanoTime() - start) / 1e9);
    }
    return ExitCode.OK.code();
  }

  private static String peftType(String name) {
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "lora" -> LoraConfig.PEFT_TYPE;
      case "prefix" -> PrefixConfig.PEFT_TYPE;
      default ->
          throw CommandFailure.usage(
              "--adapter-type cannot be '%s'".formatted(name),
              "the types are lora and prefix",
              "write --adapter-type lora,prefix");
    };
  }

  private void show(ExportReport report, double seconds) {
    Screen screen = context.screen();
    Style style = screen.style();
    Manifest manifest = report.bundle().manifest();
    screen.print(
        "%s %s in %s"
            .formatted(style.done(), style.bold(output.toString()), Quantities.human(seconds)));
    screen.print(
        "  %s, %s, %d hidden units, up to %d tokens"
            .formatted(
                manifest.task().text(),
                kind(manifest),
                manifest.hiddenSize(),
                manifest.maxLength()));
    screen.print(
        "  %d of %d linear modules have a slot for adapters; %s on disk"
            .formatted(
                report.slots().size(),
                report.base().modules().size(),
                Quantities.bytes(sizeBytes(manifest))));
    if (manifest.task() != Task.FEATURE_EXTRACTION) {
      screen.note(
          screen
              .noteStyle()
              .dim("  next: graft train %s --data train.jsonl -o runs/first".formatted(output)));
    } else {
      screen.note(
          screen.noteStyle().dim("  next: graft embed %s --text 'some text'".formatted(output)));
    }
  }

  /** What a person tells the base by. */
  private static String kind(Manifest manifest) {
    return manifest
        .decoder()
        .map(decoder -> "%s decoder, %d layers".formatted(decoder.family(), decoder.layers()))
        .or(() -> manifest.poolingText().map(pooling -> pooling + " pooling" + headOf(manifest)))
        .orElse("");
  }

  /** The head, where it is not Graft's own. */
  private static String headOf(Manifest manifest) {
    return manifest
        .head()
        .filter(head -> !head.encoder().isEmpty())
        .map(head -> ", " + BundleInspection.describe(head, manifest.headLabels()))
        .orElse("");
  }

  private static long sizeBytes(Manifest manifest) {
    return manifest.files().values().stream().mapToLong(Manifest.FileEntry::sizeBytes).sum();
  }

  private static ObjectNode json(ExportReport report) {
    Bundle bundle = report.bundle();
    Manifest manifest = bundle.manifest();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("bundle", bundle.directory().toString());
    out.put("task", manifest.task().text());
    manifest.poolingText().ifPresent(text -> out.put("pooling", text));
    manifest.head().ifPresent(head -> head.tensors().forEach(out.putArray("head")::add));
    manifest.headLabels().forEach(out.putArray("headLabels")::add);
    manifest.decoder().ifPresent(decoder -> out.put("family", decoder.family()));
    out.put("hiddenSize", manifest.hiddenSize());
    out.put("maxLength", manifest.maxLength());
    out.put("baseDigest", manifest.baseDigest());
    out.put("sizeBytes", sizeBytes(manifest));
    out.put("linearModules", report.base().modules().size());
    manifest.slotModules().forEach(out.putArray("slots")::add);
    ObjectNode patterns = out.putObject("patterns");
    manifest.patterns().forEach(patterns::put);
    return out;
  }
}
