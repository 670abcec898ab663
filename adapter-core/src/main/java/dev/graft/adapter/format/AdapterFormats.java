package dev.graft.adapter.format;

import dev.graft.adapter.NearestNames;
import dev.graft.files.Presence;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The table of adapter formats, in the order in which a path is tried against them. */
public final class AdapterFormats {
  private static final List<AdapterFormat> TABLE =
      List.of(new PeftFormat(), new OnnxAdapterFormat());

  private AdapterFormats() {}

  /** All formats. */
  public static List<AdapterFormat> all() {
    return TABLE;
  }

  /** The names of all formats. */
  public static List<String> names() {
    return TABLE.stream().map(AdapterFormat::name).toList();
  }

  /**
   * Find a format by name.
   *
   * @throws IllegalArgumentException if there is none; the message offers the names there are
   */
  public static AdapterFormat named(String name) {
    return TABLE.stream()
        .filter(format -> format.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> {
              String suggestion = NearestNames.suggestion(name, names());
              return new IllegalArgumentException(
                  "unknown adapter format \"%s\", expected one of %s%s"
                      .formatted(name, names(), suggestion.isEmpty() ? "" : "; " + suggestion));
            });
  }

  /** Whether some format takes {@code path} for its own. */
  public static boolean isAdapter(Path path) {
    return TABLE.stream().anyMatch(format -> format.detect(path));
  }

  /**
   * Find the format of what lies at {@code path}.
   *
   * @throws NoSuchFileException if there is nothing
   * @throws AdapterFormatException if no format takes it for its own
   */
  public static AdapterFormat detect(Path path) throws IOException {
    if (!Presence.of(path)) {
      throw new NoSuchFileException(path.toString(), null, "no adapter there");
    }
    for (AdapterFormat format : TABLE) {
      if (format.detect(path)) {
        return format;
      }
    }
    throw new AdapterFormatException(
        path,
        "",
        "not an adapter; expected a directory with %s (PEFT) or an .onnx_adapter file"
            .formatted(PeftFormat.CONFIG_FILE));
  }

  /** Read an adapter in whatever format it is. */
  public static LoadedAdapter load(Path path, ReadOptions options) throws IOException {
    return detect(path).load(path, options);
  }
}
