package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.algebra.LoraSpectrum;
import dev.graft.adapter.format.AdapterFormat;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code graft inspect ADAPTER} says; needs no base. */
record AdapterInspection(
    Path path, String format, Adapter adapter, List<String> warnings, List<LoraSpectrum> spectra)
    implements InspectCommand.Inspection {
  private static final int VALUES_SHOWN = 4;

  static AdapterInspection of(Path path) throws IOException {
    AdapterFormat format = AdapterFormats.detect(path);
    // An untrained adapter cannot be used, but it can be looked at.
    LoadedAdapter loaded = format.load(path, ReadOptions.allowingIneffective());
    return new AdapterInspection(
        path,
        format.name(),
        loaded.adapter(),
        loaded.warnings(),
        LoraSpectrum.of(loaded.adapter()));
  }

  /** This inspection under another name. */
  AdapterInspection called(Path name) {
    return new AdapterInspection(name, format, adapter, warnings, spectra);
  }

  @Override
  public ObjectNode json() {
    GraftRecord record = adapter.record();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("kind", "adapter");
    out.put("format", format);
    out.put("type", adapter.config().peftType());
    out.put("digest", adapter.digest());
    out.put("effective", adapter.isEffective());
    out.put("sizeBytes", adapter.sizeBytes());
    record.baseDigest().ifPresent(d -> out.put("baseDigest", d));
    record.task().ifPresent(t -> out.put("task", t));
    record.pooling().ifPresent(p -> out.put("pooling", p));
    record.labels().forEach(out.putArray("labels")::add);
    if (!record.training().isEmpty()) {
      out.set("training", record.training());
    }
    ArrayNode modules = out.putArray("modules");
    for (LoraSpectrum s : spectra) {
      ObjectNode module = modules.addObject();
      module.put("module", s.module()).put("rank", s.rank()).put("scale", s.scale());
      module.put("norm", s.frobeniusNorm()).put("effectiveRank", s.effectiveRank());
      s.singularValues().forEach(module.putArray("singularValues")::add);
    }
    if (adapter.config() instanceof LoraConfig lora) {
      out.put("loraDropout", lora.dropout());
    }
    if (adapter.config() instanceof PrefixConfig prefix) {
      out.putObject("prefix")
          .put("virtualTokens", prefix.virtualTokens())
          .put("layers", prefix.layers())
          .put("kvHeads", prefix.kvHeads())
          .put("headDim", prefix.headDim());
    }
    ArrayNode saved = out.putArray("saved");
    adapter
        .saved()
        .forEach(
            (name, tensor) -> {
              ArrayNode shape = saved.addObject().put("name", name).putArray("shape");
              tensor.shape().forEach(shape::add);
            });
    warnings.forEach(out.putArray("warnings")::add);
    return out;
  }

  @Override
  public void show(Screen screen) {
    Style style = screen.style();
    GraftRecord record = adapter.record();
    screen.print("%s  %s".formatted(style.bold("adapter"), path));
    TextTable facts = new TextTable(style, "", "");
    facts.row("format", "%s (%s)".formatted(format, adapter.config().peftType()));
    facts.row(
        "size",
        "%s in %d %s and %d saved tensors"
            .formatted(
                Quantities.bytes(adapter.sizeBytes()),
                adapter.weights().partCount(),
                adapter.weights().partName(),
                adapter.saved().size()));
    if (adapter.config() instanceof LoraConfig lora && lora.dropout() > 0) {
      facts.row("dropout", "%s, while it is trained".formatted(lora.dropout()));
    }
    if (adapter.config() instanceof PrefixConfig prefix) {
      facts.row(
          "prefix",
          "%d virtual tokens, %d heads of %d"
              .formatted(prefix.virtualTokens(), prefix.kvHeads(), prefix.headDim()));
    }
    record.task().ifPresent(task -> facts.row("task", task));
    if (!record.labels().isEmpty()) {
      facts.row(
          "labels", "%d: %s".formatted(record.labels().size(), String.join(", ", record.labels())));
    }
    facts.row("digest", adapter.digest());
    facts.row("base", record.baseDigest().orElse("not said (made by another tool)"));
    screen.print(facts.render("  "));
    warnings.forEach(w -> screen.print(style.yellow("  ! ") + w));
    if (!adapter.isEffective()) {
      screen.print(
          style.yellow("  ! ")
              + "it is untrained or damaged: all %s have %s"
                  .formatted(adapter.weights().partName(), adapter.weights().idleMeaning()));
    }
    if (spectra.isEmpty()) {
      return;
    }
    screen.print("");
    TextTable table =
        new TextTable(
            style,
            "module",
            ">rank",
            ">scale",
            ">norm",
            ">effective rank",
            "largest singular values");
    for (LoraSpectrum s : spectra) {
      table.row(
          s.module(),
          s.rank(),
          decimals(s.scale()),
          decimals(s.frobeniusNorm()),
          String.format(Locale.ROOT, "%.1f", s.effectiveRank()),
          s.singularValues().stream()
              .limit(VALUES_SHOWN)
              .map(AdapterInspection::decimals)
              .collect(Collectors.joining("  ")));
    }
    screen.print(table.render("  "));
  }

  private static String decimals(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
