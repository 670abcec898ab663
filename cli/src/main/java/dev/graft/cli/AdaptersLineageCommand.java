package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.Lineage;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft adapters lineage}: what a version was made from, and what from it. */
@Command(
    name = "lineage",
    customSynopsis = "graft adapters lineage REF [--format text|dot|json] [OPTIONS]",
    description = "Show what a version was made from, and what was made from it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft adapters lineage acme/support",
      "  graft adapters lineage acme/support@3 --format dot | dot -Tsvg > family.svg",
      "",
      "The version asked for is marked with *. A version of several parents is below",
      "each of them."
    })
final class AdaptersLineageCommand extends RegistryCommand {
  /** How the family is drawn. */
  enum Format {
    text,
    dot,
    json
  }

  @Parameters(
      paramLabel = "REF",
      converter = RegistryConverters.ReferenceConverter.class,
      description = "The version.")
  AdapterReference reference;

  @Option(
      names = "--format",
      paramLabel = "HOW",
      defaultValue = "text",
      description = "text, dot (for Graphviz) or json. Default: ${DEFAULT-VALUE}.")
  Format format;

  AdaptersLineageCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "show the lineage of '%s'".formatted(reference);
  }

  @Override
  void check() {
    if (json && format == Format.dot) {
      throw CommandFailure.usage(
          "the lineage cannot be both JSON and dot",
          "--json and --format dot ask for different answers",
          "leave one of them out");
    }
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Lineage lineage = store.lineage(reference);
    if (json || format == Format.json) {
      screen.printJson(json(lineage));
    } else if (format == Format.dot) {
      screen.print(dot(lineage));
    } else {
      new Tree(lineage, screen).print();
    }
    return ExitCode.OK;
  }

  /** {@code acme/support@1 (merged, 0.7)}. */
  static String text(Parent parent) {
    String share =
        parent.weight().isPresent()
            ? String.format(Locale.ROOT, ", %.3g", parent.weight().getAsDouble())
            : "";
    return "%s (%s%s)".formatted(parent.reference(), parent.relation(), share);
  }

  private static ObjectNode json(Lineage lineage) {
    ObjectNode out = RegistryJson.object();
    out.put("root", lineage.root().reference().toString());
    ArrayNode versions = out.putArray("versions");
    lineage.members().forEach(member -> versions.add(RegistryJson.version(member)));
    ArrayNode links = out.putArray("links");
    for (Lineage.Link link : lineage.links()) {
      ObjectNode entry = links.addObject();
      entry.put("child", link.child().reference().toString());
      entry.put("parent", link.parent().reference().toString());
      entry.put("relation", link.parent().relation());
      link.parent().weight().ifPresent(weight -> entry.put("weight", weight));
    }
    return out;
  }

  /** Names are made of letters that need no escapes. */
  private static String dot(Lineage lineage) {
    StringBuilder out = new StringBuilder("digraph lineage {\n  node [shape=box];\n");
    for (Version member : lineage.members()) {
      out.append(
          "  \"%s\" [label=\"%s\\n%s\"%s];%n"
              .formatted(
                  member.reference(),
                  member.reference(),
                  member.state().text(),
                  member.equals(lineage.root()) ? ", style=bold" : ""));
    }
    for (Lineage.Link link : lineage.links()) {
      String relation = text(link.parent()).replaceFirst("^[^ ]+ \\((.*)\\)$", "$1");
      out.append(
          "  \"%s\" -> \"%s\" [label=\"%s\"];%n"
              .formatted(link.parent().reference(), link.child().reference(), relation));
    }
    return out.append("}").toString();
  }

  /** The family from its oldest members down. */
  private static final class Tree {
    private final Lineage lineage;
    private final Screen screen;
    private final Set<AdapterReference> shown = new HashSet<>();

    Tree(Lineage lineage, Screen screen) {
      this.lineage = lineage;
      this.screen = screen;
    }

    void print() {
      for (Version member : lineage.members()) {
        if (lineage.links().stream().noneMatch(link -> link.child().equals(member))) {
          print(member, "", "");
        }
      }
    }

    private void print(Version version, String indent, String how) {
      boolean again = !shown.add(version.reference());
      boolean asked = version.equals(lineage.root());
      screen.print(
          "%s%s%s  %s  %s  %s%s"
              .formatted(
                  indent,
                  asked ? screen.style().bold("* " + version.reference()) : version.reference(),
                  how,
                  RegistryText.state(version, screen.style()),
                  RegistryText.minute(version.time()),
                  RegistryText.quality(version),
                  again ? "  (as above)" : ""));
      if (again) {
        return;
      }
      List<Lineage.Link> children =
          lineage.links().stream()
              .filter(link -> link.parent().reference().equals(version.reference()))
              .toList();
      for (Lineage.Link child : children) {
        String relation = text(child.parent()).replaceFirst("^[^ ]+ ", " ");
        print(child.child(), indent + "  ", relation);
      }
    }
  }
}
