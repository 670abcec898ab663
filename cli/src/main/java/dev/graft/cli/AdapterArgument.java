package dev.graft.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/**
 * {@code --adapter DIR} or {@code --adapter NAME=DIR}.
 *
 * @param name what rows call it; the folder's name where none is given
 */
record AdapterArgument(String name, Path path) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  /** Parses the value of the option. */
  static final class Converter implements ITypeConverter<AdapterArgument> {
    @Override
    public AdapterArgument convert(String value) {
      int equals = value.indexOf('=');
      if (equals < 0 || Files.exists(Path.of(value))) {
        return new AdapterArgument(nameOf(Path.of(value)), Path.of(value));
      }
      String name = value.substring(0, equals);
      String path = value.substring(equals + 1);
      if (!NAME.matcher(name).matches()) {
        throw new ValueProblem(
            "the name '%s' is not made of letters, digits, '.', '_' and '-'".formatted(name),
            "write --adapter NAME=DIR");
      }
      if (path.isEmpty()) {
        throw new ValueProblem(
            "there is no folder after '%s='".formatted(name), "write --adapter NAME=DIR");
      }
      return new AdapterArgument(name, Path.of(path));
    }

    /** The adapter of a run is called after the run. */
    private static String nameOf(Path path) {
      Path full = path.toAbsolutePath().normalize();
      Path name = full.getFileName();
      Path parent = full.getParent();
      if (name != null && name.toString().equals("adapter") && parent != null) {
        name = parent.getFileName();
      }
      return name == null ? "adapter" : name.toString();
    }
  }
}
