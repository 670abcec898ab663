package dev.graft.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @Test
  void takesEveryLetterOfTheAlphabet() {
    String letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    letters.chars().forEach(letter -> assertTrue(Names.isName(Character.toString(letter))));
    assertEquals(letters + "._-", Names.check("tag", letters + "._-"));
  }

  /** The neighbours in ASCII of what is allowed, and of what is allowed but at the start. */
  @ParameterizedTest
  @ValueSource(strings = {"`", "{", "/", ":", "@", "[", ",", "^", " "})
  void takesNoOtherLetter(String letter) {
    assertFalse(Names.isName(letter));
    assertFalse(Names.isName("a" + letter));
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "-", "_"})
  void takesMarksButNotAtTheStart(String mark) {
    assertFalse(Names.isName(mark + "a"));
    assertTrue(Names.isName("a" + mark));
  }

  @Test
  void offersNoNameInLowerCaseThatIsNoneEither() {
    var problem =
        assertThrows(IllegalArgumentException.class, () -> Names.check("tag", "Not A Name"));

    assertEquals(
        "tag \"Not A Name\" is not a name; expected 1 to 63 of a-z, 0-9, '.', '_' and '-', the"
            + " first a letter or digit",
        problem.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"20,' '", "7e,~", "1f,\\u001f", "7f,\\u007f", "9,\\u0009", "430,\\u0430"})
  void showsOnlyPrintableAscii(String code, String shown) {
    String text = Character.toString(Integer.parseInt(code, 16));

    assertEquals("\"a" + shown + "b\"", Names.quote("a" + text + "b"));
  }

  @Test
  void cutsLongTextsAndSaysHowLongTheyWere() {
    assertEquals("\"" + "a".repeat(80) + "\"", Names.quote("a".repeat(80)));
    assertEquals("\"" + "a".repeat(80) + "\"... (81 characters)", Names.quote("a".repeat(81)));
  }
}
