package dev.graft.signing;

import dev.graft.files.AtomicFiles;
import dev.graft.files.Presence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Writes a key as two files: the private half, which only its owner may read, and the public. */
public final class KeyPairFiles {
  private KeyPairFiles() {}

  /** Where the public half of a private key file is written. */
  public static Path publicFile(Path privateFile) {
    return privateFile.resolveSibling(privateFile.getFileName() + ".pub");
  }

  /**
   * Write both halves of a key.
   *
   * @throws FileAlreadyExistsException if either file is there; neither is touched then
   */
  public static void write(SigningKey key, Path privateFile) throws IOException {
    requireRoom(privateFile);
    Path publicFile = publicFile(privateFile);
    writePrivate(key.pem(), privateFile);
    ByteBuffer text = StandardCharsets.US_ASCII.encode(key.verifyingKey().pem());
    try {
      AtomicFiles.write(publicFile, channel -> AtomicFiles.writeFully(channel, text));
    } catch (IOException e) {
      // Half a pair would stand in the way of the next try.
      Files.deleteIfExists(privateFile);
      throw e;
    }
  }

  /**
   * Look whether both halves could be written.
   *
   * @throws FileAlreadyExistsException if either file is there
   */
  public static void requireRoom(Path privateFile) throws IOException {
    requireAbsent(privateFile);
    requireAbsent(publicFile(privateFile));
  }

  private static void requireAbsent(Path file) throws IOException {
    if (Files.isSymbolicLink(file) || Presence.of(file)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "exists already; a key is never replaced, choose another name");
    }
  }

  /** Temporary files are their owner's alone from their first moment. */
  private static void writePrivate(String pem, Path file) throws IOException {
    Path directory = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file);
    Path temporary = Files.createTempFile(directory, ".key", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        AtomicFiles.writeFully(channel, StandardCharsets.US_ASCII.encode(pem));
        channel.force(true);
      }
      Files.move(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
