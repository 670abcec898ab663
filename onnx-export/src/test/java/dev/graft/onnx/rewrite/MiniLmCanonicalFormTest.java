package dev.graft.onnx.rewrite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OrtException;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.MiniLm;
import dev.graft.onnx.io.OnnxReader;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.onnx.io.Ort;
import dev.graft.onnx.opset.OpsetConversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmCanonicalFormTest {
  @Test
  void hasOneOperatorPerNormActivationAndProduct(@TempDir Path folder)
      throws IOException, OrtException {
    Path file = MiniLm.extract(folder);
    Model raw = OpsetConversion.toTarget(OnnxReader.read(file));
    Canonicalizer.Result result = Canonicalizer.standard().apply(raw.graph());

    Map<String, Integer> counts = result.countsByPattern();
    assertEquals(13, counts.get("layer-norm"));
    assertEquals(6, counts.get("gelu"));
    assertEquals(24, counts.get("known-reshape"));
    assertEquals(6, counts.get("scaled-product"));
    assertEquals(6, counts.get("transposed-operand"));
    assertEquals(0, counts.get("gelu-tanh"));

    Map<String, Integer> operators = Equivalence.operators(result.graph());
    assertEquals(
        "{Add=56, Cast=1, FusedMatMul=6, Gather=4, Gelu=6, LayerNormalization=13, MatMul=42, Mul=1,"
            + " Reshape=24, Shape=1, Slice=1, Softmax=6, Sub=1, Transpose=24, Unsqueeze=3}",
        operators.toString());

    Map<String, Tensor> inputs =
        Map.of(
            "input_ids",
                Tensor.longs(List.of(2L, 5L), 101, 2023, 2003, 1037, 102, 101, 7592, 102, 0, 0),
            "attention_mask", Tensor.longs(List.of(2L, 5L), 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
            "token_type_ids", Tensor.longs(List.of(2L, 5L), new long[10]));
    Path rewritten = folder.resolve("canonical.onnx");
    OnnxWriter.write(Model.of(result.graph()), rewritten);
    Equivalence.assertClose(Ort.run(file, inputs), Ort.run(rewritten, inputs));
  }
}
