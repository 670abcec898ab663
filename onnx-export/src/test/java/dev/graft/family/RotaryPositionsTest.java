package dev.graft.family;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.format.JsonFields;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotaryPositionsTest {
  private static final int HEAD_DIM = 16;
  private static final int POSITIONS = 64;
  private static final String PLAIN = "{\"rope_theta\": 10000.0}";

  @Test
  void turnsAPairByItsPositionTimesItsFrequency() throws IOException {
    Tensor cosines = table(PLAIN, "cos_cache");

    assertEquals(List.of(64L, 8L), cosines.dims());
    for (int i = 0; i < 8; i++) {
      double angle = 3 * Math.pow(10000, -2.0 * i / HEAD_DIM);
      assertEquals(Math.cos(angle), cosines.toFloats()[3 * 8 + i], 1e-6);
      assertEquals(Math.sin(angle), table(PLAIN, "sin_cache").toFloats()[3 * 8 + i], 1e-6);
    }
  }

  @Test
  void linearScalingStretchesPositions() throws IOException {
    String scaled =
        "{\"rope_theta\": 10000.0, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}}";
    float[] plain = table(PLAIN, "cos_cache").toFloats();
    float[] stretched = table(scaled, "cos_cache").toFloats();

    assertArrayEquals(row(plain, 3), row(stretched, 12), 1e-6f);
  }

  @Test
  void llama3KeepsShortWavesAndStretchesLongOnes() throws IOException {
    String scaled =
        """
        {"rope_parameters": {"rope_theta": 10000.0, "rope_type": "llama3", "factor": 8.0,
         "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 256}}
        """;
    float[] plain = row(table(PLAIN, "sin_cache").toFloats(), 8);
    float[] changed = row(table(scaled, "sin_cache").toFloats(), 8);
    float[] stretched = row(table(PLAIN, "sin_cache").toFloats(), 1);

    // Waves of 6, 20 tokens are short, one of 199 is between, those of 629 and more are long.
    assertEquals(plain[0], changed[0], 1e-6);
    assertEquals(plain[1], changed[1], 1e-6);
    assertTrue(changed[3] < plain[3] && changed[3] > stretched[3]);
    assertEquals(stretched[4], changed[4], 1e-6);
    assertEquals(stretched[7], changed[7], 1e-6);
  }

  @Test
  void refusesPlacesThatContradictEachOther() {
    String both =
        """
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0},
         "rope_scaling": {"rope_type": "linear", "factor": 4.0}}
        """;

    assertThrows(CheckpointException.class, () -> read(both));
  }

  private static Tensor table(String config, String name) throws IOException {
    GraphBuilder graph = new GraphBuilder("g");
    read(config).addTo(graph, RotaryPositions.Tables.of("r"));
    Graph built = graph.build();
    Tensor table = built.initializers().get("r." + name);
    if (table == null) {
      throw new AssertionError(built.initializers().keySet());
    }
    return table;
  }

  private static RotaryPositions read(String config) throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config);
    return RotaryPositions.read(
        new ModelConfig(new JsonFields(Path.of("config.json"), "", json)), HEAD_DIM, POSITIONS);
  }

  private static float[] row(float[] table, int position) {
    return java.util.Arrays.copyOfRange(table, 8 * position, 8 * position + 8);
  }
}
