package dev.graft.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * All examples of one file, in its order.
 *
 * @param digest lower-case hexadecimal SHA-256 of the file's bytes
 */
public record Dataset(Path file, List<Example> examples, String digest) {
  public Dataset {
    examples = List.copyOf(examples);
  }

  /**
   * Read a file that must have examples, each with a text.
   *
   * @param labelled whether every example must have a label too
   * @throws DataException if there is no example, or one lacks text or label
   */
  public static Dataset read(Path file, DataFormat format, Columns columns, boolean labelled)
      throws IOException {
    Dataset data = readAny(file, format, columns);
    if (data.examples.isEmpty()) {
      throw DataException.in(file, "file has no examples, expected at least one row");
    }
    for (Example example : data.examples) {
      if (example.text().isBlank()) {
        throw DataException.at(
            file,
            example.line(),
            "row has an empty \"%s\"; give it a text or remove it".formatted(columns.text()));
      }
      if (labelled && example.label().isEmpty()) {
        throw DataException.at(
            file,
            example.line(),
            "row has no \"%s\"; give it a label or remove it".formatted(columns.label()));
      }
    }
    return data;
  }

  /** Read a file in the format its name tells. */
  public static Dataset read(Path file, Columns columns, boolean labelled) throws IOException {
    return read(file, DataFormat.of(file), columns, labelled);
  }

  /** Read whatever well-formed rows there are, for a report on them. */
  static Dataset readAny(Path file, DataFormat format, Columns columns) throws IOException {
    List<Example> examples = new ArrayList<>();
    try (ExampleReader reader = ExampleReader.open(file, format, columns)) {
      for (Optional<Example> next = reader.next(); next.isPresent(); next = reader.next()) {
        examples.add(next.get());
      }
    }
    return new Dataset(file, examples, sha256(file));
  }

  /** Number of examples. */
  public int size() {
    return examples.size();
  }

  static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (DigestInputStream digesting = new DigestInputStream(in, digest)) {
        digesting.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }
}
