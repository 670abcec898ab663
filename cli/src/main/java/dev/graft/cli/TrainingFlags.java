package dev.graft.cli;

import static dev.graft.cli.TrainingFlags.Kind.CHOICE;
import static dev.graft.cli.TrainingFlags.Kind.FLAG;
import static dev.graft.cli.TrainingFlags.Kind.LIST;
import static dev.graft.cli.TrainingFlags.Kind.MAP;
import static dev.graft.cli.TrainingFlags.Kind.MODULES;
import static dev.graft.cli.TrainingFlags.Kind.NUMBER;
import static dev.graft.cli.TrainingFlags.Kind.TEXT;
import static dev.graft.cli.TrainingFlags.Kind.WHOLE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.TargetModules;
import dev.graft.train.Origin;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingOptionsBuilder;
import java.math.BigDecimal;
import java.util.List;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The table of training options: which flag sets which, and how help explains it. */
final class TrainingFlags {
  /** How the text of a flag becomes a value. */
  enum Kind {
    WHOLE(int.class),
    NUMBER(double.class),
    TEXT(String.class),
    CHOICE(String.class),
    FLAG(boolean.class),
    MODULES(String.class),
    LIST(String.class),
    MAP(String.class);

    private final Class<?> type;

    Kind(Class<?> type) {
      this.type = type;
    }
  }

  /**
   * One option.
   *
   * @param flag without its dashes; the first of several names separated by blanks is the main one
   * @param name of the {@link TrainingOptions} component
   */
  private record Row(String flag, String name, Kind kind, String label, String help) {
    String[] names() {
      String[] words = flag.split(" ", -1);
      for (int i = 0; i < words.length; i++) {
        words[i] = "--" + words[i];
      }
      return words;
    }
  }

  private record Section(String heading, List<Row> rows) {}

  private static final List<Section> TABLE =
      List.of(
          new Section(
              "The adapter",
              List.of(
                  new Row(
                      "adapter-type",
                      "adapterType",
                      CHOICE,
                      "TYPE",
                      "lora, or prefix (prefix tuning, decoders only)."),
                  new Row("rank", "rank", WHOLE, "R", "Columns of A and rows of B."),
                  new Row("alpha", "alpha", NUMBER, "X", "The update counts alpha / rank."),
                  new Row(
                      "targets",
                      "targets",
                      MODULES,
                      "MODULES",
                      "Modules that get an adapter, among the bundle's slots: names (query,value),"
                          + " a regular expression, or all-linear."),
                  new Row(
                      "exclude-modules",
                      "excludeModules",
                      MODULES,
                      "MODULES",
                      "Modules that get none."),
                  new Row(
                      "layers",
                      "layersToTransform",
                      LIST,
                      "N,N..",
                      "Only these layers. Needs --targets by name."),
                  new Row(
                      "rank-pattern",
                      "rankPattern",
                      MAP,
                      "MODULE=R,..",
                      "Other ranks for some modules, as in PEFT."),
                  new Row(
                      "alpha-pattern",
                      "alphaPattern",
                      MAP,
                      "MODULE=X,..",
                      "Other alphas for some modules."),
                  new Row(
                      "lora-dropout",
                      "loraDropout",
                      NUMBER,
                      "P",
                      "Training drops an input of A with this probability, as in PEFT."),
                  new Row("rslora", "useRslora", FLAG, "", "Scale by alpha / sqrt(rank)."),
                  new Row(
                      "init",
                      "init",
                      CHOICE,
                      "HOW",
                      "How A starts: default (as PEFT's) or gaussian."),
                  new Row(
                      "virtual-tokens",
                      "virtualTokens",
                      WHOLE,
                      "N",
                      "Length of a prefix. With --init-prompt: as long as the prompt, unless"
                          + " given."),
                  new Row(
                      "init-prompt",
                      "initPrompt",
                      TEXT,
                      "TEXT",
                      "A prefix starts as the keys and values of this text, not at random."))),
          new Section(
              "Steps",
              List.of(
                  new Row("epochs", "epochs", WHOLE, "N", "Passes over the data."),
                  new Row(
                      "max-steps",
                      "maxSteps",
                      WHOLE,
                      "N",
                      "Optimizer steps, in place of --epochs."),
                  new Row("batch-size", "batchSize", WHOLE, "N", "Rows of one batch."),
                  new Row("accumulate", "accumulate", WHOLE, "N", "Batches of one optimizer step."),
                  new Row("max-length", "maxLength", WHOLE, "TOKENS", "Longer texts are cut."),
                  new Row("shuffle", "shuffle", FLAG, "", "A new order of rows in every epoch."),
                  new Row(
                      "bucketing", "bucketing", FLAG, "", "Texts of like length share a batch."),
                  new Row(
                      "pack",
                      "pack",
                      FLAG,
                      "",
                      "Several texts share a row up to --max-length; decoders only."),
                  new Row(
                      "seed",
                      "seed",
                      WHOLE,
                      "N",
                      "Decides initial weights, orders, and what is dropped."),
                  new Row(
                      "tokens-per-run",
                      "tokensPerRun",
                      WHOLE,
                      "TOKENS",
                      "A batch runs in parts of at most so many tokens, which changes speed and"
                          + " memory only; 0: whole."),
                  new Row(
                      "gradient-checkpointing",
                      "gradientCheckpointing",
                      FLAG,
                      "",
                      "Compute each layer again in the backward pass: less memory, more time."),
                  new Row(
                      "base-precision",
                      "basePrecision",
                      CHOICE,
                      "HOW",
                      "Products with frozen weights while training: fp32, or int8 (faster, base"
                          + " slightly off)."),
                  new Row(
                      "threads",
                      "threads",
                      WHOLE,
                      "N",
                      "Threads of ONNX Runtime; one per core without."))),
          new Section(
              "Optimisation (AdamW)",
              List.of(
                  new Row(
                      "lr learning-rate", "learningRate", NUMBER, "X", "Highest learning rate."),
                  new Row(
                      "lora-plus-ratio",
                      "loraPlusRatio",
                      NUMBER,
                      "X",
                      "Learning rate of B as a multiple of A's (LoRA+)."),
                  new Row(
                      "schedule",
                      "schedule",
                      CHOICE,
                      "HOW",
                      "How it falls: constant, linear or cosine."),
                  new Row(
                      "warmup-steps", "warmupSteps", WHOLE, "N", "Steps in which it rises first."),
                  new Row("weight-decay", "weightDecay", NUMBER, "X", "Of all trained weights."),
                  new Row("beta1", "beta1", NUMBER, "X", "Decay of the first moment."),
                  new Row("beta2", "beta2", NUMBER, "X", "Decay of the second moment."),
                  new Row(
                      "epsilon", "epsilon", NUMBER, "X", "Added to the root of the second moment."),
                  new Row(
                      "clip", "clip", NUMBER, "X", "Largest global norm of the gradient; 0: off."),
                  new Row(
                      "label-smoothing",
                      "labelSmoothing",
                      NUMBER,
                      "X",
                      "Share of the target spread over all labels."),
                  new Row(
                      "class-weights",
                      "classWeights",
                      TEXT,
                      "HOW",
                      "none, balanced, or LABEL=X,LABEL=X.."),
                  new Row(
                      "ignore-label",
                      "ignoreLabel",
                      TEXT,
                      "LABEL",
                      "Rows with this label do not count."))),
          new Section(
              "Evaluation and checkpoints",
              List.of(
                  new Row(
                      "eval-every",
                      "evalEvery",
                      WHOLE,
                      "STEPS",
                      "Steps between evaluations; 0: after every epoch."),
                  new Row(
                      "patience",
                      "earlyStoppingPatience",
                      WHOLE,
                      "N",
                      "Stop after so many evaluations without a better one; 0: never."),
                  new Row(
                      "best-by",
                      "bestBy",
                      CHOICE,
                      "WHAT",
                      "The best evaluation has the least loss or the highest accuracy."),
                  new Row(
                      "keep-best",
                      "keepBest",
                      FLAG,
                      "",
                      "Keep the best evaluation's weights, not the last step's."),
                  new Row(
                      "checkpoint-every",
                      "checkpointEvery",
                      WHOLE,
                      "STEPS",
                      "Steps between checkpoints; 0: one at the end."))));

  private TrainingFlags() {}

  /** Adds every option to a command, in sections, with its default in the help. */
  static void addTo(CommandSpec command) {
    TrainingOptions defaults = TrainingOptions.defaults();
    int order = 100;
    for (Section section : TABLE) {
      ArgGroupSpec.Builder group =
          ArgGroupSpec.builder()
              .heading("%n" + section.heading() + ":%n")
              .validate(false)
              .order(order++);
      for (Row row : section.rows()) {
        group.addArg(option(row, defaults.value(row.name())));
        if (row.kind() == FLAG) {
          group.addArg(opposite(row));
        }
      }
      command.addArgGroup(group.build());
    }
  }

  private static OptionSpec option(Row row, JsonNode defaultValue) {
    OptionSpec.Builder option =
        OptionSpec.builder(row.names())
            .type(row.kind().type)
            .description(row.help() + defaultText(defaultValue));
    if (row.kind() != FLAG) {
      return option.paramLabel(row.label()).arity("1").build();
    }
    String usual = defaultValue.asBoolean() ? "Default; --no-%s: off." : "--no-%s: off (default).";
    return option
        .arity("0..1")
        .fallbackValue("true")
        .paramLabel("true|false")
        .description("%s %s".formatted(row.help(), usual.formatted(row.flag())))
        .build();
  }

  /** {@code --no-shuffle} for {@code --shuffle}. */
  private static OptionSpec opposite(Row row) {
    return OptionSpec.builder("--no-" + row.flag())
        .type(boolean.class)
        .arity("0")
        .hidden(true)
        .build();
  }

  private static String defaultText(JsonNode value) {
    boolean nothing = value.isNull() || (value.isContainerNode() && value.isEmpty());
    return nothing ? "" : " Default: %s.".formatted(plain(value));
  }

  private static String plain(JsonNode value) {
    return value.isDouble()
        ? new BigDecimal(value.asText()).stripTrailingZeros().toPlainString()
        : value.asText();
  }

  /** The options as the command line, the environment and the file give them. */
  static TrainingOptions options(ParseResult parsed, LayeredDefaults defaults) {
    TrainingOptionsBuilder builder = TrainingOptions.builder();
    for (Section section : TABLE) {
      for (Row row : section.rows()) {
        set(builder, row, parsed, defaults);
      }
    }
    return builder.build();
  }

  private static void set(
      TrainingOptionsBuilder builder, Row row, ParseResult parsed, LayeredDefaults defaults) {
    OptionSpec option = parsed.commandSpec().findOption(row.names()[0]);
    if (row.kind() == FLAG && parsed.hasMatchedOption("--no-" + row.flag())) {
      builder.set(row.name(), JsonNodeFactory.instance.booleanNode(false), Origin.FLAG);
    } else if (parsed.hasMatchedOption(option)) {
      set(builder, row, option.getValue().toString(), Origin.FLAG, "");
    } else {
      // The parser does not ask for defaults of options in sections.
      String text = defaults.defaultValue(option);
      LayeredDefaults.Source source = defaults.sourceOf(option);
      if (text != null && source != null) {
        Origin origin = source.origin().equals("env") ? Origin.ENV : Origin.FILE;
        set(builder, row, text, origin, " (from %s)".formatted(source.place()));
      }
    }
  }

  private static void set(
      TrainingOptionsBuilder builder, Row row, String text, Origin origin, String from) {
    try {
      builder.set(row.name(), json(row, text), origin);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(
          "%s cannot be '%s'%s".formatted(row.names()[0], text, from),
          String.valueOf(e.getMessage()),
          "see 'graft train --help'");
    }
  }

  private static JsonNode json(Row row, String text) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (row.kind()) {
      case WHOLE, NUMBER, CHOICE, FLAG -> json.textNode(text);
      case TEXT -> text.contains("=") ? object(row, text) : json.textNode(text);
      case MAP -> object(row, text);
      case LIST -> array(List.of(text.split(",", -1)));
      case MODULES ->
          Converters.modules(text) instanceof TargetModules.Suffixes names
              ? array(names.names())
              : json.textNode(text);
    };
  }

  private static ArrayNode array(List<String> items) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    items.forEach(item -> array.add(item.strip()));
    return array;
  }

  private static ObjectNode object(Row row, String text) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (String pair : text.split(",", -1)) {
      int equals = pair.lastIndexOf('=');
      if (equals < 1) {
        throw CommandFailure.usage(
            "%s cannot be '%s'".formatted(row.names()[0], text),
            "'%s' is not NAME=NUMBER".formatted(pair),
            "write %s %s".formatted(row.names()[0], row.label()));
      }
      object.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
    }
    return object;
  }

  /** Every flag with the option it sets, for tests. */
  static List<String> optionNames() {
    return TABLE.stream().flatMap(s -> s.rows().stream()).map(Row::name).toList();
  }
}
