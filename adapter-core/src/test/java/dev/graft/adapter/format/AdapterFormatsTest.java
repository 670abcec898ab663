package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFormatsTest {
  @TempDir Path folder;

  @Test
  void everyFormatIsHeldToTheContract() throws ClassNotFoundException {
    for (AdapterFormat format : AdapterFormats.all()) {
      Class<?> test = Class.forName(format.getClass().getName() + "Test");
      assertTrue(AdapterFormatContract.class.isAssignableFrom(test), test.getName());
    }
  }

  @Test
  void namesAllFormats() {
    assertEquals(List.of("peft", "onnx_adapter"), AdapterFormats.names());
    assertEquals(2, AdapterFormats.all().size());
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> AdapterFormats.named("pfet"));
    assertTrue(String.valueOf(e.getMessage()).contains("did you mean \"peft\"?"), e.getMessage());
  }

  @Test
  void whatIsNoAdapterIsNotTakenForOne() throws IOException {
    assertThrows(NoSuchFileException.class, () -> AdapterFormats.detect(folder.resolve("absent")));
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> AdapterFormats.detect(folder));
    assertEquals(folder, e.path());
    Path text = Files.writeString(folder.resolve("notes.txt"), "nothing here");
    assertThrows(AdapterFormatException.class, () -> AdapterFormats.detect(text));
  }
}
