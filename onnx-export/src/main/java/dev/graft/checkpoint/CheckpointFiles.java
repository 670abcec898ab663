package dev.graft.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of a checkpoint: regular ones that lie in its directory, and no others. */
final class CheckpointFiles {
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");
  private static final int LISTED = 12;

  private final Path directory;
  private final Path real;

  CheckpointFiles(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      throw new NoSuchFileException(
          directory.toString(), null, "give the directory of a Hugging Face checkpoint");
    }
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    this.directory = directory;
    this.real = directory.toRealPath();
  }

  Path directory() {
    return directory;
  }

  /** A file by its plain name, if it is there. */
  Optional<Path> find(String name) throws IOException {
    if (!PLAIN_NAME.matcher(name).matches()) {
      throw new CheckpointException(
          directory,
          "'%s' is not the name of a file in the checkpoint's directory".formatted(name));
    }
    Path file = directory.resolve(name);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.exists(file)) {
      throw new CheckpointException(file, "is a link to nothing; download the file again");
    }
    Path target = file.toRealPath();
    if (!target.startsWith(real)) {
      throw new CheckpointException(
          file,
          "leaves the directory by a symbolic link to '%s'; copy the checkpoint with its links resolved (cp -rL)"
              .formatted(target));
    }
    if (!Files.isRegularFile(target)) {
      throw new CheckpointException(file, "is not a regular file");
    }
    return Optional.of(target);
  }

  Path require(String name, String remedy) throws IOException {
    Optional<Path> file = find(name);
    if (file.isEmpty()) {
      throw new CheckpointException(
          directory, "has no %s, found %s; %s".formatted(name, listing(), remedy));
    }
    return file.get();
  }

  /** Some of the names that are there, for messages. */
  private List<String> listing() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(p -> p.getFileName().toString()).sorted().limit(LISTED).toList();
    }
  }
}
