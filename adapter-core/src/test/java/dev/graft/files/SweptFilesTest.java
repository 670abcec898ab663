package dev.graft.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files whose writers are killed, beside writers that live. */
class SweptFilesTest {
  private static final String UUID = "0b6f6d3c-1d1e-4b8e-9f3c-0123456789ab";

  @TempDir Path folder;

  private static void write(Path file, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    SweptFiles.writePrivate(file, channel -> AtomicFiles.writeFully(channel, bytes));
  }

  private Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    DirectoryEntries.of(folder).forEach(entry -> names.add(entry.getFileName().toString()));
    return names;
  }

  @Test
  void deletesWhatAKilledWriterOfTheSameFileLeftAndNothingElse() throws IOException {
    List<String> others =
        List.of(
            ".other.tar." + UUID + ".tmp",
            ".a.tar." + UUID + ".old",
            ".a.tar.notes.tmp",
            "a.tar." + UUID + ".tmp",
            ".a.tar." + UUID + ".tmp.bak");
    for (String name : others) {
      Files.writeString(folder.resolve(name), "x");
    }
    Files.writeString(folder.resolve(".a.tar." + UUID + ".tmp"), "left");

    write(folder.resolve("a.tar"), "new");

    Set<String> expected = new TreeSet<>(others);
    expected.add("a.tar");
    assertEquals(expected, names());
    assertEquals("new", Files.readString(folder.resolve("a.tar")));
    assertEquals(
        "[OWNER_READ, OWNER_WRITE]",
        new TreeSet<>(Files.getPosixFilePermissions(folder.resolve("a.tar"))).toString());
  }

  @Test
  void followsNoLink() throws IOException {
    Path kept = Files.writeString(folder.resolve("kept"), "kept");
    Files.createSymbolicLink(folder.resolve(".a.tar." + UUID + ".tmp"), kept);

    write(folder.resolve("a.tar"), "new");

    assertEquals("kept", Files.readString(kept));
  }

  @Test
  void leavesWhatNobodyMayWriteAlone() throws IOException {
    Path left = Files.createDirectory(folder.resolve(".a.tar." + UUID + ".tmp"));

    write(folder.resolve("a.tar"), "new");

    assertTrue(Files.isDirectory(left));
  }

  @Test
  void leavesTheFileOfAWriterThatLives() throws Exception {
    Path target = folder.resolve("a.tar");
    Process other = Holder.start(target);
    try {
      assertEquals("writing", other.inputReader().readLine());
      Path unfinished = folder.resolve(names().iterator().next());

      write(target, "mine");

      assertTrue(Files.exists(unfinished));
      other.outputWriter().append('\n').close();
      assertEquals(0, other.waitFor());
      assertEquals("theirs", Files.readString(target));
      assertEquals(Set.of("a.tar"), names());
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void deletesWhatItLeavesWhenItIsKilled() throws Exception {
    Path target = folder.resolve("a.tar");
    Process other = Holder.start(target);
    assertEquals("writing", other.inputReader().readLine());
    other.toHandle().destroyForcibly();
    other.waitFor();
    assertEquals(1, names().size());

    write(target, "mine");

    assertEquals(Set.of("a.tar"), names());
  }

  @Test
  void leavesNothingWhenItIsAskedToEnd() throws Exception {
    Process other = Holder.start(folder.resolve("a.tar"));
    assertEquals("writing", other.inputReader().readLine());

    // The process itself would also close its input, and end by that.
    other.toHandle().destroy();
    other.waitFor();

    assertEquals(Set.of(), names());
  }

  @Test
  void leavesNothingWhenItsBodyFails() throws IOException {
    Path target = Files.writeString(folder.resolve("a.tar"), "old");

    assertThrows(
        IOException.class,
        () ->
            SweptFiles.writePrivate(
                target,
                channel -> {
                  throw new IOException("no");
                }));

    assertEquals(Set.of("a.tar"), names());
    assertEquals("old", Files.readString(target));
  }

  /** A process that has begun to write, and ends when it reads a line. */
  static final class Holder {
    private Holder() {}

    static Process start(Path target) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(Holder.class.getName(), target.toString()));
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Takes the file to write. */
    public static void main(String[] args) throws IOException {
      SweptFiles.writePrivate(
          Path.of(args[0]),
          channel -> {
            AtomicFiles.writeFully(
                channel, ByteBuffer.wrap("theirs".getBytes(StandardCharsets.UTF_8)));
            System.out.println("writing");
            if (System.in.read() < 0) {
              throw new IOException("nobody is left to say a word");
            }
          });
    }
  }
}
