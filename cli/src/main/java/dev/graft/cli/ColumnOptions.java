package dev.graft.cli;

import dev.graft.data.Columns;
import picocli.CommandLine.Option;

/** What the columns of a data file are called. */
final class ColumnOptions {
  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "Column (or JSON member) with the text. Default: ${DEFAULT-VALUE}.")
  String text;

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      defaultValue = "label",
      description = "Column with the label. Default: ${DEFAULT-VALUE}.")
  String label;

  @Option(
      names = "--adapter-column",
      paramLabel = "NAME",
      defaultValue = "adapter",
      description = "Column that names a row's adapter. Default: ${DEFAULT-VALUE}.")
  String adapter;

  Columns columns() {
    return new Columns(text, label, adapter);
  }
}
