package dev.graft.pretrained;

import dev.graft.family.PretrainedModel;
import dev.graft.module.DecoderInfo;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a decoder step by step and keeps what the next step needs. */
final class DecoderRun implements AutoCloseable {
  private final OrtModel model;
  private final DecoderInfo info;
  private final int rows;
  private final Map<String, float[]> past = new LinkedHashMap<>();
  private int pastLength;

  private DecoderRun(OrtModel model, DecoderInfo info, int rows) {
    this.model = model;
    this.info = info;
    this.rows = rows;
    for (int layer = 0; layer < info.layers(); layer++) {
      past.put("past_key_values.%d.key".formatted(layer), new float[0]);
      past.put("past_key_values.%d.value".formatted(layer), new float[0]);
    }
  }

  static DecoderRun open(Path checkpoint, int rows) throws IOException {
    PretrainedModel pretrained = PretrainedModel.read(checkpoint);
    byte[] bytes = OnnxWriter.toBytes(pretrained.model(), checkpoint.toRealPath());
    ModelSource source = ModelSource.of("tiny", bytes).withFolder(checkpoint.toRealPath());
    return new DecoderRun(
        OrtRuntime.open(source, SessionSettings.defaults().withIntraOpThreads(1)),
        pretrained.decoder(),
        rows);
  }

  DecoderInfo info() {
    return info;
  }

  /** Gives every row and layer the same past, whatever it is. */
  void past(int length, float phase) {
    pastLength = length;
    past.replaceAll(
        (name, old) -> {
          float[] filled = new float[rows * info.kvHeads() * length * info.headDim()];
          for (int i = 0; i < filled.length; i++) {
            filled[i] = (float) Math.sin(phase + i + name.hashCode() % 7);
          }
          return filled;
        });
  }

  /**
   * Runs the next tokens.
   *
   * @param mask all columns so far, row-major
   * @return the logits {@code [rows, tokens, vocabulary]}
   */
  float[] step(long[] ids, long[] mask, long[] positions) {
    int tokens = ids.length / rows;
    Map<String, NativeTensor> feeds = new LinkedHashMap<>();
    feeds.put("input_ids", NativeTensor.of(ids, rows, tokens));
    feeds.put("attention_mask", NativeTensor.of(mask, rows, mask.length / rows));
    feeds.put("position_ids", NativeTensor.of(positions, rows, tokens));
    past.forEach(
        (name, values) ->
            feeds.put(
                name, NativeTensor.of(values, rows, info.kvHeads(), pastLength, info.headDim())));
    List<String> wanted = new ArrayList<>(List.of("logits"));
    past.keySet().forEach(name -> wanted.add(present(name)));
    try (RunResult result = model.run(feeds, wanted)) {
      past.replaceAll((name, old) -> result.floats(present(name)));
      pastLength += tokens;
      return result.floats("logits");
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }

  private static String present(String past) {
    return past.replace("past_key_values", "present");
  }

  @Override
  public void close() {
    model.close();
  }
}
