package dev.graft.data;

import java.nio.file.Path;
import java.util.Locale;

/** The formats that examples are read from. */
public enum DataFormat {
  /** A JSON object a line: {@code .jsonl}, {@code .ndjson}. */
  JSONL,
  /** Comma-separated values with a header, quoted as in RFC 4180: {@code .csv}. */
  CSV,
  /** The same separated by tabs: {@code .tsv}. */
  TSV;

  /** Tell the format from a file's extension. */
  public static DataFormat of(Path file) throws DataException {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return switch (extension) {
      case "jsonl", "ndjson" -> JSONL;
      case "csv" -> CSV;
      case "tsv" -> TSV;
      default ->
          throw DataException.in(
              file,
              "cannot tell the format from the name, expected .jsonl, .ndjson, .csv or .tsv; rename the file or name the format");
    };
  }
}
