package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {
  @TempDir Path folder;

  @Test
  void teachesThreeAdaptersAndLeavesNothingBehind() throws IOException {
    Set<String> before = leftovers();

    JsonNode answer = Run.of("quickstart", "--json").expect(ExitCode.OK).json();

    assertEquals(3, answer.path("domains").size());
    for (JsonNode domain : answer.path("domains")) {
      assertTrue(domain.path("adapter").asDouble() > 0.85, domain::toString);
      assertTrue(domain.path("untrainedHead").asDouble() < 0.5, domain::toString);
    }
    assertEquals("entry_documents", answer.path("mixedBatch").get(4).path("label").asText());
    assertTrue(answer.path("merge").path("maxAbsDiff").asDouble() < 1e-3);
    assertFalse(Files.exists(Path.of(answer.path("folder").asText())));
    assertEquals(before, leftovers());
  }

  private static Set<String> leftovers() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return entries
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("graft-quickstart"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void refusesToKeepItsFilesWhereSomethingIs() {
    Run.of("quickstart", "--keep", folder).failsWith(ExitCode.CONFLICT, "exists already");
  }
}
