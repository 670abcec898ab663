package dev.graft.data;

import dev.graft.text.NearestNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The labels a classifier knows, in the order of its outputs. */
public final class LabelMap {
  private final List<String> names;
  private final Map<String, Integer> indices;

  private LabelMap(Collection<String> names) {
    this.names = List.copyOf(names);
    this.indices = new HashMap<>();
    for (String name : this.names) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("label %d is blank".formatted(indices.size()));
      }
      if (indices.put(name, indices.size()) != null) {
        throw new IllegalArgumentException("label \"%s\" is listed twice".formatted(name));
      }
    }
  }

  /** Use these labels in this order. */
  public static LabelMap of(List<String> names) {
    return new LabelMap(names);
  }

  /** Collect the labels of data, sorted by UTF-16 code units, the same in every locale. */
  public static LabelMap of(Dataset data) throws DataException {
    TreeSet<String> found = new TreeSet<>();
    data.examples().forEach(example -> example.label().ifPresent(found::add));
    if (found.isEmpty()) {
      throw DataException.in(data.file(), "no row has a label");
    }
    return new LabelMap(found);
  }

  /** Read labels from a UTF-8 file, one a line, in order; blank lines at the end do not count. */
  public static LabelMap read(Path file) throws IOException {
    List<String> names = new ArrayList<>();
    try (Utf8Lines lines = new Utf8Lines(file)) {
      long blank = 0;
      Set<String> seen = new HashSet<>();
      for (String line = lines.next(); line != null; line = lines.next()) {
        String name = line.strip();
        if (name.isEmpty()) {
          blank = blank == 0 ? lines.line() : blank;
        } else if (blank != 0) {
          throw DataException.at(file, blank, "line is blank, expected one label a line");
        } else if (!seen.add(name)) {
          throw DataException.at(
              file, lines.line(), "label \"%s\" is listed twice".formatted(name));
        } else {
          names.add(name);
        }
      }
    }
    if (names.isEmpty()) {
      throw DataException.in(file, "file has no labels, expected one a line");
    }
    return new LabelMap(names);
  }

  /** The labels in order. */
  public List<String> names() {
    return names;
  }

  public int size() {
    return names.size();
  }

  public String name(int index) {
    return names.get(index);
  }

  public OptionalInt index(String name) {
    Integer index = indices.get(name);
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /**
   * Find the label of one row of a file.
   *
   * @throws DataException if the row has no label, or one that is not known; with the nearest known
   *     ones
   */
  public int require(Example example, Path file) throws DataException {
    String label =
        example
            .label()
            .orElseThrow(() -> DataException.at(file, example.line(), "row has no label"));
    Integer index = indices.get(label);
    if (index == null) {
      throw DataException.at(
          file,
          example.line(),
          "label \"%s\" is not known, expected %s%s"
              .formatted(label, NearestNames.list(names), NearestNames.hint(label, names)));
    }
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelMap map && map.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  @Override
  public String toString() {
    return "LabelMap" + names;
  }
}
