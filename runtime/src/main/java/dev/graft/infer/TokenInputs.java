package dev.graft.infer;

import dev.graft.module.EncoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.text.Encoded;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The token inputs {@code [B, T]} of one run, padded to its longest row. */
public final class TokenInputs implements AutoCloseable {
  private final Map<String, NativeTensor> feeds = new HashMap<>();

  private TokenInputs() {}

  /** Pads rows and lays them out as the base takes them; the caller closes the result. */
  public static TokenInputs of(List<Encoded> rows, int padId, List<String> baseInputs) {
    int tokens = rows.stream().mapToInt(Encoded::length).max().orElse(1);
    TokenInputs batch = new TokenInputs();
    boolean complete = false;
    try {
      for (String input : baseInputs) {
        NativeTensor tensor = NativeTensor.longs(rows.size(), tokens);
        batch.feeds.put(input, tensor);
        fill(tensor.longBuffer(), input, rows, tokens, padId);
      }
      complete = true;
      return batch;
    } finally {
      if (!complete) {
        batch.close();
      }
    }
  }

  private static void fill(LongBuffer to, String input, List<Encoded> rows, int tokens, int padId) {
    for (int row = 0; row < rows.size(); row++) {
      for (int t = 0; t < tokens; t++) {
        to.put(row * tokens + t, valueOf(input, rows.get(row), t, padId));
      }
    }
  }

  private static long valueOf(String input, Encoded row, int t, int padId) {
    boolean real = t < row.length();
    return switch (input) {
      case EncoderSignature.INPUT_IDS -> real ? row.id(t) : padId;
      case EncoderSignature.ATTENTION_MASK -> real ? 1 : 0;
      case EncoderSignature.TOKEN_TYPE_IDS -> real ? row.typeId(t) : 0;
      default ->
          throw new IllegalStateException("no values for the base input '%s'".formatted(input));
    };
  }

  /** The tensors by input name, valid until this is closed. */
  public Map<String, NativeTensor> feeds() {
    return feeds;
  }

  @Override
  public void close() {
    feeds.values().forEach(NativeTensor::close);
  }
}
