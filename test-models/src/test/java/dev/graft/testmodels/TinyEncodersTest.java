package dev.graft.testmodels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.graft.testmodels.TinyEncoders.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TinyEncodersTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Style.class)
  void runsOnOnnxRuntime(Style style) throws Exception {
    float[][][] hidden = hidden(TinyEncoders.write(folder, style, 1), new long[] {2, 9, 8, 3});

    assertEquals(4, hidden[0].length);
    assertEquals(32, hidden[0][0].length);
    assertTrue(Math.abs(hidden[0][0][0]) < 10);
  }

  @ParameterizedTest
  @EnumSource(Style.class)
  void ignoresMaskedTokens(Style style) throws Exception {
    Path model = TinyEncoders.write(folder, style, 1);

    float[][][] alone = hidden(model, new long[] {2, 9, 8, 3});
    float[][][] padded = hidden(model, new long[] {2, 9, 8, 3, 0, 0});

    for (int token = 0; token < 4; token++) {
      assertArrayEquals(alone[0][token], padded[0][token], 1e-5f);
    }
  }

  @Test
  void writesTheSameBytesForTheSameSeedOnly() throws IOException {
    Path one = TinyEncoders.write(folder.resolve("one"), Style.TORCHSCRIPT, 5);
    Path same = TinyEncoders.write(folder.resolve("same"), Style.TORCHSCRIPT, 5);
    Path other = TinyEncoders.write(folder.resolve("other"), Style.TORCHSCRIPT, 6);

    assertEquals(-1, Files.mismatch(one, same));
    assertNotEquals(-1, Files.mismatch(one, other));
  }

  private static float[][][] hidden(Path model, long[] ids) throws OrtException {
    long[] mask = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      mask[i] = ids[i] == 0 ? 0 : 1;
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(model.toString());
        OnnxTensor input = OnnxTensor.createTensor(environment, new long[][] {ids});
        OnnxTensor attention = OnnxTensor.createTensor(environment, new long[][] {mask});
        OnnxTensor types = OnnxTensor.createTensor(environment, new long[1][ids.length]);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", input, "attention_mask", attention, "token_type_ids", types))) {
      return (float[][][]) result.get("last_hidden_state").orElseThrow().getValue();
    }
  }
}
