package dev.graft.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.format.JsonFields;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * Rotary positions (Su et al. 2021, https://arxiv.org/abs/2104.09864): features {@code i} and
 * {@code i + D/2} of a head are turned by {@code position * frequency[i]}, {@code frequency[i] =
 * theta^(-2i / D)}, optionally scaled. Everything is computed in floats, in the order in which the
 * models were trained.
 */
final class RotaryPositions {
  private static final int MOST_POSITIONS = 1 << 20;
  private static final double USUAL_THETA = 10_000;
  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String THETA = "rope_theta";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";

  private final int positions;
  private final float[] frequencies;

  private RotaryPositions(int positions, float[] frequencies) {
    this.positions = positions;
    this.frequencies = frequencies;
  }

  /**
   * Reads {@code rope_theta} with {@code rope_scaling}, or {@code rope_parameters}.
   *
   * @throws CheckpointException if the kind of scaling is not supported
   */
  static RotaryPositions read(ModelConfig config, int headDim, int positions) throws IOException {
    if (positions > MOST_POSITIONS) {
      throw config.refuse(
          "max_position_embeddings", positions, "at most %d".formatted(MOST_POSITIONS));
    }
    if (headDim % 2 != 0) {
      throw config.refuse("head_dim", headDim, "an even number, for rotary positions");
    }
    config.require(PARTIAL, 1);
    ModelConfig rotary =
        new ModelConfig(new JsonFields(config.fields().path(), "/" + PARAMETERS, merged(config)));
    rotary.require(PARTIAL, 1);
    double theta = rotary.positive(THETA, config.positive(THETA, USUAL_THETA));
    String type = rotary.text("rope_type", rotary.text("type", "default"));
    float[] frequencies = plain((float) theta, headDim);
    switch (type) {
      case "default" -> rotary.ignore(Set.of(ORIGINAL));
      case "linear" -> linear(frequencies, (float) rotary.positive("factor", 0));
      case "llama3" -> llama3(frequencies, rotary, positions);
      default -> throw rotary.refuse("rope_type", type, "one of [default, linear, llama3]");
    }
    rotary.finish("rope_type " + type);
    return new RotaryPositions(positions, frequencies);
  }

  /** The fields of both places, which must not contradict each other. */
  private static ObjectNode merged(ModelConfig config) throws IOException {
    JsonFields fields = config.fields();
    config.ignore(Set.of(PARAMETERS, SCALING, THETA));
    ObjectNode all = fields.object(PARAMETERS).deepCopy();
    for (Map.Entry<String, JsonNode> entry : fields.object(SCALING).properties()) {
      JsonNode other = all.get(entry.getKey());
      if (other != null && !other.equals(entry.getValue())) {
        throw config.refuse(
            SCALING + "/" + entry.getKey(),
            entry.getValue(),
            "%s, as in %s".formatted(other, PARAMETERS));
      }
      all.set(entry.getKey(), entry.getValue());
    }
    return all;
  }

  private static float[] plain(float theta, int headDim) {
    float[] frequencies = new float[headDim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float exponent = 2f * i / headDim;
      frequencies[i] = 1f / (float) Math.pow(theta, exponent);
    }
    return frequencies;
  }

  private static void linear(float[] frequencies, float factor) {
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] /= factor;
    }
  }

  /** Long waves are stretched by the factor, short ones are not, those in between in part. */
  private static void llama3(float[] frequencies, ModelConfig rotary, int positions)
      throws CheckpointException {
    float factor = (float) rotary.positive("factor", 0);
    float low = (float) rotary.positive("low_freq_factor", 0);
    float high = (float) rotary.positive("high_freq_factor", 0);
    float original = rotary.size(ORIGINAL, positions);
    if (high <= low) {
      throw rotary.refuse("high_freq_factor", high, "more than low_freq_factor, %s".formatted(low));
    }
    for (int i = 0; i < frequencies.length; i++) {
      float wave = (float) (2 * Math.PI) / frequencies[i];
      if (wave > original / low) {
        frequencies[i] /= factor;
      } else if (wave >= original / high) {
        float smooth = (original / wave - low) / (high - low);
        frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
      }
    }
  }

  /** The names of the tables {@code [positions, D/2]} of cosines and sines in a graph. */
  record Tables(String cosines, String sines) {
    static Tables of(String module) {
      return new Tables(module + ".cos_cache", module + ".sin_cache");
    }

    /** Turns {@code x [B, heads, T, D]} by the positions {@code [B, T]}. */
    String apply(Blocks b, String module, String x, String positionIds) {
      OpId rotate = OpId.microsoft("RotaryEmbedding");
      return b.op(module, rotate, Map.of(), x, positionIds, cosines, sines);
    }
  }

  void addTo(GraphBuilder graph, Tables names) {
    graph.initializer(names.cosines(), table(Math::cos));
    graph.initializer(names.sines(), table(Math::sin));
  }

  private Tensor table(DoubleUnaryOperator function) {
    float[] values = new float[positions * frequencies.length];
    int next = 0;
    for (int position = 0; position < positions; position++) {
      for (float frequency : frequencies) {
        values[next++] = (float) function.applyAsDouble(position * frequency);
      }
    }
    return Tensor.floats(List.of((long) positions, (long) frequencies.length), values);
  }
}
