package dev.graft.store.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.files.Digests;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file as such: what is written, and what is refused of foreign ones. */
class ArchiveFormatTest {
  private static final String BLOB = ArchiveNames.ofContent(ArchiveSamples.DIGEST);

  @TempDir Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("archive.tar"), bytes);
  }

  private void refuses(byte[] bytes, String... parts) throws IOException {
    refuses(StoreFormatException.class, bytes, parts);
  }

  private void refuses(Class<? extends StoreException> type, byte[] bytes, String... parts)
      throws IOException {
    Path file = file(bytes);
    StoreException problem = assertThrows(type, () -> ArchiveReader.open(file).close());
    for (String part : parts) {
      assertTrue(problem.toString().contains(part), problem.toString());
    }
  }

  private static byte[] sample() throws IOException {
    return ArchiveSamples.archive(ArchiveSamples.tenant());
  }

  private static byte[] document() {
    return ArchiveJson.write(ArchiveSamples.tenant());
  }

  /** One entry of a tar. */
  private static final class Part {
    private final TarArchiveEntry entry;
    private final byte[] content;

    private Part(TarArchiveEntry entry, byte[] content) {
      this.entry = entry;
      this.content = content;
    }

    static Part of(String name, byte[] content) {
      return of(name, TarConstants.LF_NORMAL, content);
    }

    static Part of(String name, byte flag, byte[] content) {
      TarArchiveEntry entry = new TarArchiveEntry(name, flag, true);
      entry.setSize(content.length);
      return new Part(entry, content);
    }

    Part with(Consumer<TarArchiveEntry> change) {
      change.accept(entry);
      return this;
    }
  }

  /** Header by header, since a writer would turn some of them into others. */
  private static byte[] tar(Part... parts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Part part : parts) {
      out.write(header(part.entry));
      out.write(part.content);
      out.write(new byte[(512 - part.content.length % 512) % 512]);
    }
    out.write(new byte[1024]);
    return out.toByteArray();
  }

  private static byte[] header(TarArchiveEntry entry) throws IOException {
    byte[] header = new byte[512];
    entry.writeEntryHeader(header, ZipEncodingHelper.getZipEncoding("UTF-8"), true);
    return header;
  }

  private static byte[] tarOfAWriter(int longNames, Part... parts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(longNames);
      for (Part part : parts) {
        tar.putArchiveEntry(part.entry);
        tar.write(part.content);
        tar.closeArchiveEntry();
      }
    }
    return out.toByteArray();
  }

  private static Part[] complete(Part... more) {
    List<Part> parts = new ArrayList<>();
    parts.add(Part.of(ArchiveNames.DOCUMENT, document()));
    parts.addAll(Arrays.asList(more));
    return parts.toArray(Part[]::new);
  }

  private static Part blob() {
    return Part.of(BLOB, ArchiveSamples.CONTENT);
  }

  @Test
  void readsWhatItWrote() throws IOException {
    Path file = file(sample());

    try (ArchiveReader archive = ArchiveReader.open(file)) {
      ArchivedTenant written = ArchiveSamples.tenant();
      assertEquals(written, archive.tenant().withDigest(""));
      assertEquals(List.of(ArchiveSamples.DIGEST), List.copyOf(archive.contents().keySet()));
      assertEquals(Digests.ofFile(file), archive.digest());
      byte[] content = Channels.newInputStream(archive.open(ArchiveSamples.DIGEST)).readAllBytes();
      assertArrayEquals(ArchiveSamples.CONTENT, content);
    }
  }

  @Test
  void saysWhatItWrote() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.Written written =
        ArchiveWriter.write(
            ArchiveSamples.tenant(),
            Channels.newChannel(out),
            (file, sink) -> sink.accept(ByteBuffer.wrap(ArchiveSamples.CONTENT)));

    assertEquals(Digests.ofBytes(out.toByteArray()), written.digest());
    assertEquals(out.size(), written.sizeBytes());
    assertArrayEquals(sample(), out.toByteArray());
  }

  @Test
  void namesNobodyOfTheMachineThatWroteIt() throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new ByteArrayInputStream(sample()))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        assertEquals("", entry.getUserName() + entry.getGroupName());
        assertEquals(0, entry.getLongUserId() + entry.getLongGroupId());
        assertEquals(0100600, entry.getMode() | 0100000);
      }
    }
  }

  @Test
  void isUnpackedByTar() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/tar")), "needs tar");
    Path file = file(sample());
    Process tar =
        new ProcessBuilder("/bin/tar", "xf", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(tar.getInputStream().readAllBytes(), UTF_8);

    assertEquals(0, tar.waitFor(), said);
    assertEquals("", said);
    assertArrayEquals(document(), Files.readAllBytes(folder.resolve(ArchiveNames.DOCUMENT)));
    assertArrayEquals(ArchiveSamples.CONTENT, Files.readAllBytes(folder.resolve(BLOB)));
  }

  @Test
  void takesATarThatWasPackedAgain() throws IOException {
    Path file = file(tar(complete(blob())));

    ArchiveReader.open(file).close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, a hard link",
    "2, a symbolic link",
    "3, a device",
    "4, a device",
    "5, a directory",
    "6, a pipe",
    "7, of the unknown kind",
    "S, a sparse file",
    "L, a long name",
    "K, a long name",
    "x, a pax header",
    "X, a pax header",
    "g, a pax header",
    "V, of the unknown kind",
  })
  void refusesEntriesThatAreNoRegularFiles(char flag, String kind) throws IOException {
    Part other =
        Part.of("odd", (byte) flag, new byte[0]).with(entry -> entry.setLinkName("/etc/passwd"));

    refuses(
        tar(complete(blob(), other)), kind, "nothing but regular files", "graft adapters export");
    refuses(tar(other), kind);
  }

  @Test
  void refusesLongNamesAndPaxNamesAsWritersMakeThem() throws IOException {
    Part[] parts = complete(blob(), Part.of("n".repeat(200), new byte[1]));

    refuses(tarOfAWriter(TarArchiveOutputStream.LONGFILE_GNU, parts), "a long name");
    refuses(tarOfAWriter(TarArchiveOutputStream.LONGFILE_POSIX, parts), "a pax header");
  }

  @ParameterizedTest
  @CsvSource({
    "../evil, leads out",
    "/etc/passwd, leads out",
    "blobs/sha256/../../evil, leads out",
    "blobs\\evil, leads out",
    "readme.txt, does not belong",
    "graft-archive.json, does not belong",
    "./graft-archive.json, does not belong",
  })
  void refusesNamesThatAreNotItsOwn(String name, String problem) throws IOException {
    refuses(tar(complete(blob(), Part.of(name, new byte[3]))), problem);
  }

  @Test
  void refusesContentsThatAreMissingDoubleOutOfPlaceOrOfAnotherSize() throws IOException {
    refuses(tar(complete()), "entry " + BLOB + " is missing");
    refuses(tar(complete(blob(), blob())), "does not belong");
    refuses(tar(complete(Part.of(BLOB, new byte[3]))), "has 3 bytes, its document says 12");
    refuses(tar(complete(Part.of(BLOB.toUpperCase(Locale.ROOT), new byte[12]))), "belongs");
    refuses(tar(blob(), Part.of(ArchiveNames.DOCUMENT, document())), "does not begin with");
    refuses(tar(), "does not begin with graft-archive.json");
  }

  @Test
  void refusesAFileThatIsCutAnywhere() throws IOException {
    byte[] bytes = sample();
    for (int length = 0; length < bytes.length; length += length < 1024 ? 37 : 193) {
      refuses(DamagedStoreException.class, Arrays.copyOf(bytes, length), "ends too early");
    }
    refuses(DamagedStoreException.class, Arrays.copyOf(bytes, bytes.length - 1), "ends too early");
  }

  @Test
  void refusesWhatFollowsItsEnd() throws IOException {
    byte[] bytes = sample();
    byte[] more = Arrays.copyOf(bytes, bytes.length + 512);
    ArchiveReader.open(file(more)).close();
    more[more.length - 1] = 1;
    refuses(more, "there is something after its end");
    refuses(Arrays.copyOf(bytes, bytes.length + 40_000), "bytes follow its end");
  }

  @Test
  void refusesWhatIsHiddenInPadding() throws IOException {
    byte[] bytes = sample();
    bytes[bytes.length - 2 * 512 - 1] = 1;

    refuses(bytes, "there is something after entry");
  }

  @Test
  void refusesADamagedHeader() throws IOException {
    byte[] bytes = sample();
    bytes[100] ^= 1;
    refuses(bytes, "no tar file");
    bytes = sample();
    int header = bytes.length - 4 * 512;
    bytes[header + 100] ^= 1;
    refuses(bytes, "the header at byte %d is damaged".formatted(header));
  }

  /** Writers of bad files get the checksum right. */
  @Test
  void refusesWhateverElseAHeaderSays() throws IOException {
    byte[] good = sample();
    int at = good.length - 4 * 512;
    Random random = new Random(3);
    int refused = 0;
    for (int round = 0; round < 500; round++) {
      byte[] bytes = good.clone();
      int changes = 1 + random.nextInt(3);
      for (int i = 0; i < changes; i++) {
        bytes[at + random.nextInt(512)] = (byte) random.nextInt(256);
      }
      setCheckSum(bytes, at);
      try (ArchiveReader archive = ArchiveReader.open(file(bytes))) {
        assertEquals(ArchiveSamples.tenant(), archive.tenant().withDigest(""));
      } catch (StoreException e) {
        refused++;
      }
    }
    assertTrue(refused > 100, () -> "only some were refused");
  }

  private static void setCheckSum(byte[] bytes, int at) {
    Arrays.fill(bytes, at + 148, at + 156, (byte) ' ');
    long sum = TarUtils.computeCheckSum(Arrays.copyOfRange(bytes, at, at + 512));
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(UTF_8);
    System.arraycopy(digits, 0, bytes, at + 148, digits.length);
  }

  @Test
  void refusesASizeBeyondTheFileWithoutReservingIt() throws IOException {
    byte[] bytes = sample();
    int header = bytes.length - 4 * 512;
    TarArchiveEntry entry = new TarArchiveEntry(BLOB, TarConstants.LF_NORMAL);
    entry.setSize(1L << 60);
    System.arraycopy(header(entry), 0, bytes, header, 512);

    refuses(DamagedStoreException.class, bytes, "has 1152921504606846976 bytes by its header");
  }

  @Test
  void asksForCompressedFilesToBeDecompressed() throws IOException {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(gzip)) {
      out.write(sample());
    }
    refuses(padded(gzip.toByteArray()), "this is gzip; decompress it first");
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("bomb"));
      out.write(new byte[100_000]);
    }
    refuses(padded(zip.toByteArray()), "this is zip; decompress it first");
    byte[] zstd = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    refuses(padded(zstd), "this is zstd");
  }

  private static byte[] padded(byte[] bytes) {
    return Arrays.copyOf(bytes, Math.max(512, bytes.length));
  }

  @Test
  void refusesADocumentThatIsTooLarge() throws IOException {
    Path file = folder.resolve("archive.tar");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      TarArchiveEntry entry = new TarArchiveEntry(ArchiveNames.DOCUMENT, TarConstants.LF_NORMAL);
      entry.setSize(ArchiveJson.MAX_BYTES + 1L);
      out.write(header(entry));
      out.setLength(ArchiveJson.MAX_BYTES + 512L * 4);
    }

    var problem = assertThrows(StoreFormatException.class, () -> ArchiveReader.open(file).close());

    assertTrue(problem.toString().contains("at most 67108864 are read"), problem.toString());
  }

  @Test
  void refusesWhatIsNoFile() throws Exception {
    assertThrows(
        NotInStoreException.class, () -> ArchiveReader.open(folder.resolve("absent")).close());
    var directory =
        assertThrows(StoreFormatException.class, () -> ArchiveReader.open(folder).close());
    assertTrue(directory.toString().contains("no regular file"), directory.toString());
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "needs mkfifo");
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor());
    assertThrows(StoreFormatException.class, () -> ArchiveReader.open(pipe).close());
  }
}
