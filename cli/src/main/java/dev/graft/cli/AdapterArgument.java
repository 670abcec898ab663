package dev.graft.cli;

import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/**
 * {@code --adapter DIR} or {@code --adapter NAME=DIR}, where {@code DIR} may be a version in the
 * registry.
 *
 * @param name what rows call it; where none is given the folder's name, or the reference
 */
record AdapterArgument(String name, AdapterSource source) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  /** Parses the value of the option. */
  static final class Converter implements ITypeConverter<AdapterArgument> {
    @Override
    public AdapterArgument convert(String value) {
      int equals = value.indexOf('=');
      AdapterSource whole = new AdapterSource(value);
      if (equals < 0 || whole.isOnDisk()) {
        return new AdapterArgument(nameOf(whole), whole);
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
      return new AdapterArgument(name, new AdapterSource(path));
    }

    /** The adapter of a run is called after the run. */
    private static String nameOf(AdapterSource source) {
      if (source.reference().isPresent()) {
        return source.text();
      }
      Path full = source.path().toAbsolutePath().normalize();
      Path name = full.getFileName();
      Path parent = full.getParent();
      if (name != null && name.toString().equals("adapter") && parent != null) {
        name = parent.getFileName();
      }
      return name == null ? "adapter" : name.toString();
    }
  }
}
