package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file of one table, laid out by hand, in which each number is wrong in turn. */
class FlatBufferTableTest {
  private static final Path PATH = Path.of("file");

  private static final int ROOT = 0;
  private static final int VTABLE = 4;
  private static final int TABLE = 12;
  private static final int FIELD = 16;
  private static final int VECTOR = 20;
  private static final int BYTES = 28;

  /**
   * The root's offset, a vtable of two fields of which the second is missing, the table with the
   * first, an offset to a vector of three letters, and a zero byte.
   */
  private static ByteBuffer file() {
    ByteBuffer file = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(ROOT, TABLE);
    file.putShort(VTABLE, (short) 8);
    file.putShort(VTABLE + 2, (short) 8);
    file.putShort(VTABLE + 4, (short) 4);
    file.putShort(VTABLE + 6, (short) 0);
    file.putInt(TABLE, TABLE - VTABLE);
    file.putInt(FIELD, VECTOR - FIELD);
    file.putInt(VECTOR, 3);
    file.put(VECTOR + 4, new byte[] {'a', 'b', 'c', 0});
    return file;
  }

  private static FlatBufferTable table(ByteBuffer file) throws AdapterFormatException {
    return FlatBufferTable.root(PATH, file);
  }

  @Test
  void readsFieldsThatAreThereAndNotOthers() throws AdapterFormatException {
    FlatBufferTable table = table(file());

    assertEquals(TABLE, table.position());
    assertEquals(4, table.intField(0, 77));
    assertEquals(77, table.intField(1, 77));
    assertEquals(77, table.intField(2, 77));
    assertEquals("abc", table.stringField(0, "the name"));
    assertEquals(new FlatBufferTable.Slice(24, 3, 1), table.vector(0, 1, "the data"));
    assertEquals(27, table.vector(0, 1, "the data").end());
  }

  @Test
  void readsVectorsThatEndWithTheFile() throws AdapterFormatException {
    ByteBuffer whole = file().putInt(VECTOR, 4);
    ByteBuffer empty = file().putInt(FIELD, 8).putInt(VECTOR + 4, 0);

    assertEquals(4, table(whole).vector(0, 1, "the data").count());
    assertEquals(1, table(file().putInt(VECTOR, 1)).vector(0, 4, "the data").count());
    assertEquals(new FlatBufferTable.Slice(28, 0, 4), table(empty).vector(0, 4, "the data"));
  }

  @Test
  void followsVectorsOfTables() throws AdapterFormatException {
    ByteBuffer file = ByteBuffer.allocate(BYTES + 4).order(ByteOrder.LITTLE_ENDIAN);
    file.put(file().putInt(VECTOR, 1).putInt(VECTOR + 4, 4).array());
    file.putInt(BYTES, BYTES - VTABLE);
    file.putShort(VTABLE + 2, (short) 4);
    FlatBufferTable.Slice tables = new FlatBufferTable.Slice(VECTOR + 4, 1, 4);

    assertEquals(BYTES, table(file).tableAt(tables, 0).position());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'byte 0: an offset to byte 0, outside the file''s 28 bytes'",
    "25, 'byte 0: an offset to byte 25, outside the file''s 28 bytes'",
    "-1, 'byte 0: an offset to byte 4294967295, outside the file''s 28 bytes'",
    "14, 'byte 14: table is not aligned to 4 bytes'"
  })
  void refusesARootThatIsNoTable(int root, String problem) {
    refused(file().putInt(ROOT, root), problem);
  }

  @ParameterizedTest
  @CsvSource({
    "13, 'byte -1: vtable of 4 bytes lies outside the file''s 28'",
    "-16, 'byte 28: vtable of 4 bytes lies outside the file''s 28'",
    "7, 'byte 5: vtable is not aligned to 2 bytes'"
  })
  void refusesAVtableThatDoesNotLieInTheFile(int offset, String problem) {
    refused(file().putInt(TABLE, offset), problem);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 'byte 4: a vtable of 2 bytes'",
    "5, 'byte 4: a vtable of 5 bytes'",
    "26, 'byte 4: vtable of 26 bytes lies outside the file''s 28'"
  })
  void refusesAVtableOfAnotherLength(short length, String problem) {
    refused(file().putShort(VTABLE, length), problem);
  }

  @ParameterizedTest
  @CsvSource({
    "3, 'byte 6: a table of 3 bytes'",
    "17, 'byte 12: table of 17 bytes lies outside the file''s 28'"
  })
  void refusesATableOfAnotherLength(short length, String problem) {
    refused(file().putShort(VTABLE + 2, length), problem);
  }

  private static void refused(ByteBuffer file, String problem) {
    var refused = assertThrows(AdapterFormatException.class, () -> table(file));
    assertEquals("file at " + problem, refused.getMessage());
  }

  @Test
  void readsVtablesAndTablesOfEveryLengthThatFits() throws AdapterFormatException {
    assertEquals(9, table(file().putShort(VTABLE, (short) 4)).intField(0, 9));
    assertEquals(9, table(file().putShort(VTABLE, (short) 24)).intField(1, 9));
    assertEquals(4, table(file().putShort(VTABLE + 2, (short) 16)).intField(0, 9));
    assertEquals(9, table(file().putShort(VTABLE + 2, (short) 4)).intField(1, 9));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 'byte 8: field 0 lies outside its table'",
    "5, 'byte 8: field 0 lies outside its table'",
    "-1, 'byte 8: field 0 lies outside its table'"
  })
  void refusesAFieldOutsideItsTable(short offset, String problem) throws AdapterFormatException {
    FlatBufferTable table = table(file().putShort(VTABLE + 4, offset));

    var refused = assertThrows(AdapterFormatException.class, () -> table.intField(0, 9));
    assertEquals("file at " + problem, refused.getMessage());
  }

  @Test
  void refusesAFieldThatIsNotAligned() throws AdapterFormatException {
    ByteBuffer file = file().putShort(VTABLE + 2, (short) 12).putShort(VTABLE + 4, (short) 6);
    FlatBufferTable table = table(file);

    var refused = assertThrows(AdapterFormatException.class, () -> table.intField(0, 9));
    assertEquals("file at byte 18: field is not aligned to 4 bytes", refused.getMessage());
  }

  @Test
  void refusesAVectorThatIsMissing() throws AdapterFormatException {
    FlatBufferTable table = table(file());

    var refused = assertThrows(AdapterFormatException.class, () -> table.vector(1, 1, "the data"));
    assertEquals("file at byte 12: the data is missing", refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "5, 1, 'has 5 elements of 1 bytes, beyond the file''s end'",
    "2, 4, 'has 2 elements of 4 bytes, beyond the file''s end'",
    "-1, 8, 'has 4294967295 elements of 8 bytes, beyond the file''s end'"
  })
  void refusesMoreElementsThanTheFileHas(int count, int elementBytes, String problem)
      throws AdapterFormatException {
    FlatBufferTable table = table(file().putInt(VECTOR, count));

    var refused =
        assertThrows(AdapterFormatException.class, () -> table.vector(0, elementBytes, "the data"));
    assertEquals("file at byte 20: the data " + problem, refused.getMessage());
  }

  @Test
  void refusesAVectorThatIsNotAligned() throws AdapterFormatException {
    FlatBufferTable count = table(file().putInt(FIELD, 6));
    FlatBufferTable elements = table(file().putInt(FIELD, 8).putInt(VECTOR + 4, 0));

    assertTrue(refusal(count, 1).contains("byte 22: the data is not aligned to 4"));
    assertTrue(refusal(elements, 8).contains("byte 28: the data is not aligned to 8"));
  }

  private static String refusal(FlatBufferTable table, int elementBytes) {
    return assertThrows(
            AdapterFormatException.class, () -> table.vector(0, elementBytes, "the data"))
        .getMessage();
  }

  @Test
  void refusesTextThatDoesNotEndOrIsNoText() throws AdapterFormatException {
    FlatBufferTable cut = table(file().putInt(VECTOR, 4));
    FlatBufferTable open = table(file().put(27, (byte) 'd'));
    FlatBufferTable broken = table(file().put(24, (byte) 0xff));

    for (FlatBufferTable table : new FlatBufferTable[] {cut, open}) {
      var refused =
          assertThrows(AdapterFormatException.class, () -> table.stringField(0, "the name"));
      assertEquals(
          "file at byte 24: the name is not terminated by a zero byte", refused.getMessage());
    }
    var refused =
        assertThrows(AdapterFormatException.class, () -> broken.stringField(0, "the name"));
    assertEquals("file at byte 24: the name is not valid UTF-8", refused.getMessage());
  }
}
