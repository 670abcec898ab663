package dev.graft.onnx.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The files a model's external data may lie in: those inside its folder, and no others. */
final class ExternalFiles {
  private static final Pattern SEPARATORS = Pattern.compile("[/\\\\]");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

  /** A file that was checked, with the size it had then. */
  record DataFile(Path path, long sizeBytes) {}

  private final Path model;
  private final Map<String, DataFile> checked = new HashMap<>();

  ExternalFiles(Path model) {
    this.model = model;
  }

  /**
   * Finds the file of a location.
   *
   * @param where the tensor, for messages
   */
  DataFile find(String location, String where) throws IOException {
    DataFile known = checked.get(location);
    if (known == null) {
      known = check(location, where);
      checked.put(location, known);
    }
    return known;
  }

  private DataFile check(String location, String where) throws IOException {
    Path folder = model.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw refuse(where, location, "is relative to a folder, and the model has none");
    }
    Path file = folder.resolve(relative(location, where));
    if (!Files.exists(file)) {
      throw refuse(where, location, "does not exist; put the data file back beside the model");
    }
    Path real = file.toRealPath();
    if (!real.startsWith(folder.toRealPath())) {
      throw refuse(
          where,
          location,
          "leaves the model's folder by a symbolic link to '%s'; copy the file into the folder"
              .formatted(real));
    }
    if (!Files.isRegularFile(real)) {
      throw refuse(where, location, "is not a regular file");
    }
    return new DataFile(real, Files.size(real));
  }

  private Path relative(String location, String where) throws OnnxFormatException {
    if (location.isEmpty()) {
      throw refuse(where, location, "is empty; expected a file name");
    }
    Path path;
    try {
      path = Path.of(location);
    } catch (InvalidPathException e) {
      throw refuse(where, location, "is not a file name: %s".formatted(e.getReason()));
    }
    if (path.isAbsolute()
        || location.startsWith("/")
        || location.startsWith("\\")
        || DRIVE.matcher(location).matches()) {
      throw refuse(where, location, "is absolute; expected a path relative to the model's folder");
    }
    if (Arrays.asList(SEPARATORS.split(location, -1)).contains("..")) {
      throw refuse(where, location, "leaves the model's folder; expected a path inside it");
    }
    return path;
  }

  private OnnxFormatException refuse(String where, String location, String problem) {
    return new OnnxFormatException(
        model, "%s: external data location '%s' %s".formatted(where, location, problem));
  }
}
