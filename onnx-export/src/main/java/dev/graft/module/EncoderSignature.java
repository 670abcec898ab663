package dev.graft.module;

import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a text encoder takes and gives.
 *
 * @param inputs the names of its inputs, all int64 or int32 {@code [B, T]}, in graph order
 * @param hiddenState the output of the last layer, float {@code [B, T, H]}
 * @param pooledOutput the model's own pooled output, float {@code [B, H]}, if it has one
 */
public record EncoderSignature(
    List<String> inputs, String hiddenState, Optional<String> pooledOutput) {

  public static final String INPUT_IDS = "input_ids";
  public static final String ATTENTION_MASK = "attention_mask";
  public static final String TOKEN_TYPE_IDS = "token_type_ids";

  private static final List<String> KNOWN_INPUTS =
      List.of(INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS);
  private static final List<String> HIDDEN_STATE_NAMES =
      List.of("last_hidden_state", "token_embeddings", "hidden_states", "output_0");
  private static final List<String> POOLED_NAMES =
      List.of("pooler_output", "pooled_output", "output_1");

  public EncoderSignature {
    inputs = List.copyOf(inputs);
  }

  /** The name of the attention mask. */
  public String attentionMask() {
    return ATTENTION_MASK;
  }

  /**
   * Reads the signature off a graph.
   *
   * @throws IllegalArgumentException if it is not that of a text encoder
   */
  public static EncoderSignature of(Graph graph) {
    List<String> inputs = new ArrayList<>();
    for (Value input : graph.inputs()) {
      ElementType type = input.type().elementType();
      if (!KNOWN_INPUTS.contains(input.name()) || type != ElementType.INT64) {
        throw new IllegalArgumentException(
            "graph input '%s' is %s; a text encoder takes int64 inputs among %s"
                .formatted(input.name(), input.type(), KNOWN_INPUTS));
      }
      inputs.add(input.name());
    }
    for (String required : List.of(INPUT_IDS, ATTENTION_MASK)) {
      if (!inputs.contains(required)) {
        throw new IllegalArgumentException(
            "the graph has no input '%s', found %s; a text encoder needs it"
                .formatted(required, inputs));
      }
    }
    return new EncoderSignature(inputs, hiddenState(graph), pooled(graph));
  }

  private static String hiddenState(Graph graph) {
    List<String> rank3 = floatOutputs(graph, 3);
    return HIDDEN_STATE_NAMES.stream()
        .filter(rank3::contains)
        .findFirst()
        .or(() -> rank3.size() == 1 ? Optional.of(rank3.get(0)) : Optional.empty())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no output is the hidden states [batch, tokens, hidden] of an encoder; outputs are %s"
                        .formatted(graph.outputs())));
  }

  private static Optional<String> pooled(Graph graph) {
    List<String> rank2 = floatOutputs(graph, 2);
    return POOLED_NAMES.stream()
        .filter(rank2::contains)
        .findFirst()
        .or(() -> rank2.size() == 1 ? Optional.of(rank2.get(0)) : Optional.empty());
  }

  private static List<String> floatOutputs(Graph graph, int rank) {
    return graph.outputs().stream()
        .filter(v -> v.type().elementType() == ElementType.FLOAT)
        .filter(v -> v.type().shape().map(s -> s.rank() == rank).orElse(false))
        .map(Value::name)
        .toList();
  }
}
