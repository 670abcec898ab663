package dev.graft.testmodels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DomainTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Domain.class)
  void hasAsManyTextsPerLabelAsItSays(Domain domain) throws IOException {
    domain.write(folder);

    Map<String, Integer> train = count(folder.resolve(domain.trainFile()), new HashSet<>());
    Map<String, Integer> test = count(folder.resolve(domain.testFile()), new HashSet<>());

    assertEquals(7, train.size());
    assertEquals(train.keySet(), test.keySet());
    assertTrue(train.values().stream().allMatch(n -> n == 25), train::toString);
    assertTrue(test.values().stream().allMatch(n -> n == 10), test::toString);
  }

  @ParameterizedTest
  @EnumSource(Domain.class)
  void repeatsNoText(Domain domain) throws IOException {
    domain.write(folder);
    Set<String> texts = new HashSet<>();

    count(folder.resolve(domain.trainFile()), texts);
    count(folder.resolve(domain.testFile()), texts);

    assertEquals(7 * 35, texts.size());
  }

  private static Map<String, Integer> count(Path file, Set<String> texts) throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(file)) {
      JsonNode row = json.readTree(line);
      texts.add(row.get("text").asText().toLowerCase(Locale.ROOT));
      counts.merge(row.get("label").asText(), 1, Integer::sum);
    }
    return counts;
  }
}
