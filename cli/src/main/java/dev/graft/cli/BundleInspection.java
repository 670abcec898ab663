package dev.graft.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.Style;
import dev.graft.cli.screen.TextTable;
import dev.graft.export.Bundle;
import dev.graft.export.Manifest;
import dev.graft.export.Slot;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadActivation;
import java.util.List;
import java.util.stream.Collectors;

/** What {@code graft inspect BUNDLE} says. */
record BundleInspection(Bundle bundle, boolean verified) implements InspectCommand.Inspection {

  static BundleInspection of(Bundle bundle, boolean verified) {
    return new BundleInspection(bundle, verified);
  }

  @Override
  public ObjectNode json() {
    ObjectNode out =
        JsonMapper.builder().addModule(new Jdk8Module()).build().valueToTree(bundle.manifest());
    out.put("kind", "bundle");
    if (verified) {
      out.put("verified", true);
    }
    return out;
  }

  @Override
  public void show(Screen screen) {
    Style style = screen.style();
    Manifest manifest = bundle.manifest();
    screen.print("%s  %s".formatted(style.bold("bundle"), bundle.directory()));
    TextTable facts = new TextTable(style, "", "");
    facts.row("task", manifest.task().text());
    manifest.poolingText().ifPresent(text -> facts.row("pooling", text));
    manifest.head().ifPresent(head -> facts.row("head", describe(head, manifest.headLabels())));
    manifest
        .decoder()
        .ifPresent(
            d ->
                facts.row(
                    "decoder",
                    "%s, %d layers, %d key-value heads of %d, %d tokens in the vocabulary"
                        .formatted(
                            d.family(), d.layers(), d.kvHeads(), d.headDim(), d.vocabSize())));
    facts.row("hidden size", manifest.hiddenSize());
    facts.row("longest text", manifest.maxLength() + " tokens");
    facts.row("inputs", String.join(", ", manifest.baseInputs()));
    facts.row("base", manifest.baseDigest());
    manifest.tokenizerDigest().ifPresent(digest -> facts.row("tokenizer", digest));
    facts.row("made by", "%s, format %d".formatted(manifest.producer(), manifest.formatVersion()));
    screen.print(facts.render("  "));
    showPatterns(screen, manifest.patterns());
    screen.print("");
    TextTable files = new TextTable(style, "file", ">size", "sha256");
    manifest
        .files()
        .forEach(
            (name, entry) ->
                files.row(
                    name,
                    Quantities.bytes(entry.sizeBytes()),
                    style.dim(entry.sha256().replaceFirst("^sha256:", "").substring(0, 16))));
    screen.print(files.render("  "));
    screen.print("");
    TextTable slots = new TextTable(style, "slot", ">in", ">out");
    for (Slot slot : manifest.slots()) {
      slots.row(slot.module(), slot.in(), slot.out());
    }
    screen.print(slots.render("  "));
    if (verified) {
      screen.print("");
      screen.print("%s every file has the digest that the manifest says".formatted(style.done()));
    }
  }

  /** The layers of a head, and how many labels it brings. */
  static String describe(ClassificationHead head, List<String> labels) {
    String layers =
        head.layers().stream()
            .map(
                layer ->
                    layer.activation() == HeadActivation.NONE
                        ? layer.module()
                        : "%s, %s".formatted(layer.module(), layer.activation().text()))
            .collect(Collectors.joining(", "));
    String of = head.encoder().isEmpty() ? "" : " of a '%s' model".formatted(head.encoder());
    return labels.isEmpty()
        ? layers + of
        : "%s%s, trained for %d labels".formatted(layers, of, labels.size());
  }

  /** How often each exporter's pattern was found and rewritten. */
  static void showPatterns(Screen screen, java.util.Map<String, Integer> patterns) {
    String found =
        patterns.entrySet().stream()
            .filter(e -> e.getValue() > 0)
            .map(e -> "%s %d".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    screen.print(
        "  %s   %s"
            .formatted(screen.style().dim("rewritten"), found.isEmpty() ? "nothing" : found));
  }
}
