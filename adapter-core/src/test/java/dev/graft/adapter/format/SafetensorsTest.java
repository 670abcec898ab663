package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  private static final String ONE =
      "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir Path folder;

  private Path file(long headerLength, byte[] header, int dataBytes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(headerLength).array());
    bytes.writeBytes(header);
    bytes.writeBytes(new byte[dataBytes]);
    return Files.write(folder.resolve("test.safetensors"), bytes.toByteArray());
  }

  private Path file(String header, int dataBytes) throws IOException {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    return file(bytes.length, bytes, dataBytes);
  }

  private static void refused(Path path, String... parts) {
    AdapterFormatException e =
        assertThrows(
            AdapterFormatException.class,
            () -> {
              try (Safetensors opened = Safetensors.open(path)) {
                throw new AssertionError("opened " + opened.entries());
              }
            });
    assertEquals(path, e.path());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  void opensAWellFormedFile() throws IOException {
    try (Safetensors opened =
        Safetensors.open(file("{\"__metadata__\":{\"k\":\"v\"}," + ONE + "}   ", 8))) {
      assertEquals(Map.of("k", "v"), opened.metadata());
      assertEquals(List.of(2L), opened.entry("a").shape());
      assertEquals(8, opened.map("a").remaining());
    }
  }

  @Test
  void emptyFilesEmptyTensorsAndScalarsAreLegal() throws IOException {
    String header =
        "{\"empty\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[0,0]},"
            + "\"scalar\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
            + "\"tail\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[4,4]}}";
    try (Safetensors opened = Safetensors.open(file(header, 4))) {
      assertEquals(0, opened.floats("empty").size());
      assertEquals(1, opened.floats("scalar").size());
    }
    try (Safetensors opened = Safetensors.open(file("{}", 0))) {
      assertTrue(opened.entries().isEmpty());
    }
  }

  @Test
  void refusesFilesThatAreTooShort() throws IOException {
    refused(Files.write(folder.resolve("s"), new byte[7]), "7 bytes");
    refused(file(100, new byte[] {'{', '}'}, 0), "truncated");
  }

  @Test
  void refusesHeadersOfTwoGigabytesBeforeReadingThem() throws IOException {
    refused(file(1L << 31, new byte[] {'{', '}'}, 0), "byte 0", "2147483648", "100000000");
    refused(file(-1, new byte[] {'{', '}'}, 0), "18446744073709551615");
    refused(file(100_000_001, new byte[] {'{', '}'}, 0), "above the limit");
    refused(file(100_000_000, new byte[] {'{', '}'}, 0), "truncated");
  }

  @Test
  void refusesHeadersThatAreNotAnObject() throws IOException {
    refused(file(" {}", 0), "'{'");
    refused(file("[]", 0), "'{'");
    refused(file("", 0), "'{'");
    refused(file("{} {}", 0), "goes on after");
    refused(file("{" + ONE, 8), "not valid JSON");
    refused(file(4, new byte[] {'{', '"', (byte) 0xff, '}'}, 0), "UTF-8");
    refused(file(8, "{\u0000\"\u0000a\u0000\"\u0000".getBytes(StandardCharsets.ISO_8859_1), 0));
  }

  @Test
  void refusesKeysGivenTwice() throws IOException {
    refused(file("{" + ONE + "," + ONE + "}", 8), "Duplicate");
    refused(
        file(
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            8),
        "Duplicate");
    refused(file("{\"__metadata__\":{},\"__metadata__\":{}," + ONE + "}", 8), "Duplicate");
  }

  @Test
  void refusesOverlapsHolesAndTrailingBytes() throws IOException {
    String two =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}";
    refused(file(two.formatted(4, 12), 12), "overlaps");
    refused(file(two.formatted(0, 8), 8), "overlaps");
    refused(file(two.formatted(12, 20), 20), "hole");
    refused(file(two.formatted(8, 16), 17), "follow the last tensor");
    refused(file("{}", 1), "follow the last tensor");
  }

  @Test
  void refusesOffsetsThatLie() throws IOException {
    String entry = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":%s}}";
    refused(file(entry.formatted("[0,4]"), 4), "takes 8", "/a/data_offsets");
    refused(file(entry.formatted("[8,12]"), 12), "4 bytes given, but F32 [2] takes 8");
    refused(file(entry.formatted("[8,0]"), 8), "does not lie");
    refused(file(entry.formatted("[0,8000]"), 8), "does not lie");
    refused(file(entry.formatted("[-8,0]"), 8), "not in 0..2^63-1");
    refused(file(entry.formatted("[0,99999999999999999999]"), 8), "not in 0..2^63-1");
    refused(file(entry.formatted("[0,8,16]"), 8), "found 3 numbers");
    refused(file(entry.formatted("[0,8.0]"), 8), "whole number");
    refused(file(entry.formatted("\"0-8\""), 8), "array");
  }

  @Test
  void refusesShapesThatOverflow() throws IOException {
    String entry = "{\"a\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,0]}}";
    refused(file(entry.formatted("[4294967296,4294967296]"), 0), "overflows", "/a/shape");
    refused(file(entry.formatted("[4611686018427387904,4]"), 0), "overflows");
    refused(file(entry.formatted("[-1]"), 0), "not in 0..2^63-1");
  }

  @Test
  void refusesUnknownTypesAndFields() throws IOException {
    refused(
        file("{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8),
        "\"F4\"",
        "BF16");
    refused(file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8), "not all of them");
    refused(
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8),
        "unknown field \"x\"");
    refused(file("{\"a\":7}", 0), "expected an object, found 7");
    refused(file("{\"a\":[]}", 0), "expected an object, found [");
    refused(file("{\"a\":{\"dtype\":7}}", 0), "expected a string, found 7");
    refused(file("{\"a\":", 0), "not valid JSON");
    refused(file("{\"__metadata__\":{\"k\":1}," + ONE + "}", 8), "/__metadata__/k", "a string");
    refused(file("{\"__metadata__\":null," + ONE + "}", 8), "object of strings");
  }

  @Test
  void refusesADirectory() {
    refused(folder, "not a regular file");
  }

  @Test
  void namesTheTypeThatIsNoFloat() throws IOException {
    Path path = file("{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8);
    try (Safetensors opened = Safetensors.open(path)) {
      AdapterFormatException e =
          assertThrows(AdapterFormatException.class, () -> opened.floats("a"));
      assertTrue(e.getMessage().contains("I64"), e.getMessage());
      assertEquals(8, opened.map("a").remaining());
    }
  }

  @Test
  void readsEachTensorInPartsAndAsAWhole() throws IOException {
    FloatTensor tensor = Samples.tensor(1, 700, 999);
    Path path = folder.resolve("big");
    SafetensorsWriter.write(
        path, Map.of("x", tensor, "a", Samples.tensor(2, 3)), Map.of(), TensorDtype.F32);
    try (Safetensors opened = Safetensors.open(path)) {
      assertEquals(tensor, opened.floats("x"));
      ByteBuffer part = opened.map(opened.entry("x"), 4L * 999, 8);
      assertEquals(tensor.toArray()[999], part.getFloat());
      assertThrows(
          IllegalArgumentException.class,
          () -> opened.map(opened.entry("x"), 4L * 700 * 999 - 4, 8));
      assertThrows(IllegalArgumentException.class, () -> opened.entry("y"));
    }
  }

  /** The file has holes where its zeros are, so it takes no room. */
  private Path sparse(String dtype, long elements, long lengthBytes) throws IOException {
    String header =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, elements, lengthBytes);
    Path path = file(header, 0);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(file.length() + lengthBytes);
    }
    return path;
  }

  @Test
  void mapsTensorsOfMoreThanTwoGigabytesInPartsOnly() throws IOException {
    long length = 1L << 31;
    try (Safetensors opened = Safetensors.open(sparse("U8", length, length))) {
      assertEquals(8, opened.map(opened.entry("a"), length - 8, 8).remaining());
      assertEquals(0, opened.map(opened.entry("a"), length, 0).remaining());
      assertEquals(
          Integer.MAX_VALUE, opened.map(opened.entry("a"), 0, Integer.MAX_VALUE).remaining());
      var problem = assertThrows(IllegalArgumentException.class, () -> opened.map("a"));
      assertTrue(String.valueOf(problem.getMessage()).contains("map it in parts"));
      for (long[] part : new long[][] {{-1, 8}, {0, -1}, {length - 7, 8}}) {
        problem =
            assertThrows(
                IllegalArgumentException.class,
                () -> opened.map(opened.entry("a"), part[0], part[1]));
        assertTrue(String.valueOf(problem.getMessage()).contains("are not inside tensor \"a\""));
      }
    }
  }

  @Test
  void readsNoMoreValuesThanAnArrayHolds() throws IOException {
    long count = Integer.MAX_VALUE - 7L;
    try (Safetensors opened = Safetensors.open(sparse("F16", count, 2 * count))) {
      var problem = assertThrows(AdapterFormatException.class, () -> opened.floats("a"));
      assertTrue(problem.getMessage().contains("2147483640 values are more than"));
    }
  }

  @Test
  void readsDoublesAsTheNearestFloats() throws IOException {
    Path path = file("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 0);
    byte[] value = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).array();
    Files.write(path, value, StandardOpenOption.APPEND);
    try (Safetensors opened = Safetensors.open(path)) {
      assertEquals(0.1f, opened.floats("a").toArray()[0]);
    }
  }

  @Test
  void noticesThatAFileWasCutAfterItWasOpened() throws IOException {
    Path path = file("{" + ONE + "}", 8);
    try (Safetensors opened = Safetensors.open(path)) {
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(file.length() - 4);
      }
      var problem = assertThrows(AdapterFormatException.class, () -> opened.floats("a"));
      assertEquals("byte " + Files.size(path), problem.where());
    }
  }

  @Test
  void isReadNoMoreOnceClosed() throws IOException {
    Safetensors opened = Safetensors.open(file("{" + ONE + "}", 8));
    assertEquals(folder.resolve("test.safetensors"), opened.path());

    opened.close();

    assertThrows(ClosedChannelException.class, () -> opened.map("a"));
  }

  @Test
  void saysWhereInTheHeaderItWentWrong() throws IOException {
    assertEquals("byte 13", place("{\"a\" 1}"));
    assertEquals("byte 11", place("{} {}"));
    assertEquals("byte 8", place("[]"));
    assertEquals("/a", place("{\"a\":7}"));
    assertEquals("/a/dtype", place("{\"a\":{\"dtype\":7}}"));
    assertEquals("/a/shape", place("{\"a\":{\"shape\":7}}"));
    assertEquals("/__metadata__", place("{\"__metadata__\":7}"));
    assertEquals("byte 10", place("{}", 2));
  }

  private String place(String header) throws IOException {
    return place(header, 0);
  }

  private String place(String header, int dataBytes) throws IOException {
    Path path = file(header, dataBytes);
    return assertThrows(AdapterFormatException.class, () -> Safetensors.open(path).close()).where();
  }

  @Test
  void saysHowFarATensorIsFromWhereItShouldBegin() throws IOException {
    String two =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}";
    refused(
        file(two.formatted(4, 8), 8),
        "/b/data_offsets",
        "overlaps another tensor: begins at byte 4 of the data, expected 8");
    refused(
        file(two.formatted(12, 16), 16),
        "leaves a hole: begins at byte 12 of the data, expected 8");
    refused(file(two.formatted(8, 12), 15), "3 bytes follow the last tensor");
  }

  @Test
  void writesTheHeaderOfTheReferenceImplementation() throws IOException {
    Path path = folder.resolve("ref");
    SafetensorsWriter.write(
        path,
        Map.of("b", Samples.tensor(1, 1), "a", Samples.tensor(2, 2, 1)),
        Map.of("format", "pt"),
        TensorDtype.F16);
    byte[] bytes = Files.readAllBytes(path);
    String expected =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"a\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[4,6]}}";
    int padded = (expected.length() + 7) / 8 * 8;
    assertEquals(padded, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
    assertEquals(
        expected + " ".repeat(padded - expected.length()),
        new String(bytes, 8, padded, StandardCharsets.UTF_8));
    assertEquals(8 + padded + 6, bytes.length);
  }

  @Tag("fuzz")
  @Test
  void anyChangeOfTheHeaderIsRefusedOrConsistent() throws IOException {
    Path path = folder.resolve("fuzz");
    SafetensorsWriter.write(
        path,
        Map.of("b", Samples.tensor(1, 1), "a", Samples.tensor(2, 2, 1)),
        Map.of("format", "pt"),
        TensorDtype.F32);
    byte[] good = Files.readAllBytes(path);
    Random random = new Random(77);
    for (int round = 0; round < 2_000; round++) {
      byte[] bad = good.clone();
      int headerEnd = good.length - 12;
      bad[random.nextInt(headerEnd)] = (byte) random.nextInt(128);
      bad[8 + random.nextInt(headerEnd - 8)] =
          (byte) "0123456789{}[]\",: ".charAt(random.nextInt(18));
      Files.write(path, bad);
      try (Safetensors opened = Safetensors.open(path)) {
        long sum = opened.entries().values().stream().mapToLong(e -> e.lengthBytes()).sum();
        long header = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals(bad.length - 8 - header, sum);
      } catch (AdapterFormatException e) {
        assertEquals(path, e.path());
      }
    }
  }

  @Test
  void writesOnlyWhatItCouldReadBack() {
    Path path = folder.resolve("not");
    FloatTensor tensor = Samples.tensor(1, 2);

    assertThrows(
        IllegalArgumentException.class,
        () -> SafetensorsWriter.write(path, Map.of("a", tensor), Map.of(), TensorDtype.F64));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            SafetensorsWriter.write(
                path, Map.of("__metadata__", tensor), Map.of(), TensorDtype.F32));
    assertFalse(Files.exists(path));
  }

  @Test
  void ordersNamesByTheirBytesAndMetadataByItsKeys() throws IOException {
    Path path = folder.resolve("order");
    FloatTensor tensor = Samples.tensor(1, 1);

    SafetensorsWriter.write(
        path,
        Map.of("\ud83d\ude00", tensor, "\uff41", tensor, "b", tensor),
        Map.of("z", "1", "a", "2"),
        TensorDtype.F32);

    String header = Files.readString(path, StandardCharsets.ISO_8859_1);
    String utf8 = new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    assertTrue(utf8.contains("{\"__metadata__\":{\"a\":\"2\",\"z\":\"1\"},\"b\":"), utf8);
    assertTrue(utf8.indexOf("\uff41") < utf8.indexOf("\\uD83D\\uDE00"), utf8);
  }

  @Test
  void aFailedWriteKeepsTheOldFile() throws IOException {
    Path path = folder.resolve("kept");
    SafetensorsWriter.write(path, Map.of("a", Samples.tensor(2, 2)), Map.of(), TensorDtype.F32);
    byte[] before = Files.readAllBytes(path);
    Map<String, FloatTensor> tooLarge =
        Map.of("a", FloatTensor.of(List.of(1L), new float[] {70_000}));
    assertThrows(
        IllegalArgumentException.class,
        () -> SafetensorsWriter.write(path, tooLarge, Map.of(), TensorDtype.F16));
    assertArrayEquals(before, Files.readAllBytes(path));
  }
}
