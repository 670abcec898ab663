package dev.graft.cli;

import dev.graft.store.model.AdapterReference;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;

/**
 * An adapter as people name it: a file or folder, or a version in the registry. What exists on the
 * disk is meant, whatever else its name may be.
 */
record AdapterSource(String text) {
  /** Parses the value of an option. */
  static final class Converter implements ITypeConverter<AdapterSource> {
    @Override
    public AdapterSource convert(String value) {
      return new AdapterSource(value);
    }
  }

  /** Whether there is such a file or folder. */
  boolean isOnDisk() {
    try {
      return Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  Path path() {
    return Path.of(text);
  }

  /** The version that is meant; empty for a path. */
  Optional<AdapterReference> reference() {
    if (isOnDisk()) {
      return Optional.empty();
    }
    try {
      return Optional.of(AdapterReference.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Why it is no reference, although it looks like one; empty if it does not, or is one. */
  Optional<String> nearReference() {
    int slash = text.indexOf('/');
    boolean looksSo =
        slash > 0 && text.indexOf('/', slash + 1) < 0 && ".~".indexOf(text.charAt(0)) < 0;
    if (!looksSo) {
      return Optional.empty();
    }
    try {
      AdapterReference.parse(text);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
