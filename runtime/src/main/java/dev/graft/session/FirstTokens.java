package dev.graft.session;

import dev.graft.inject.GenerationGraphs;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;

/** The inputs of a decoder's graph for the beginning of one text, with nothing in the cache. */
public final class FirstTokens {
  private FirstTokens() {}

  /**
   * Makes the tensor of one input; the caller closes it.
   *
   * @return empty if the input is none of the base's
   */
  public static Optional<NativeTensor> input(String name, DecoderInfo decoder, int[] ids) {
    long length = ids.length;
    if (name.startsWith(DecoderSignature.PAST_PREFIX)) {
      return Optional.of(NativeTensor.floats(1, decoder.kvHeads(), 0, decoder.headDim()));
    }
    return switch (name) {
      case DecoderSignature.INPUT_IDS ->
          Optional.of(NativeTensor.of(Arrays.stream(ids).asLongStream().toArray(), 1, length));
      case DecoderSignature.ATTENTION_MASK ->
          Optional.of(
              NativeTensor.of(LongStream.generate(() -> 1).limit(length).toArray(), 1, length));
      case DecoderSignature.POSITION_IDS ->
          Optional.of(NativeTensor.of(LongStream.range(0, length).toArray(), 1, length));
      case GenerationGraphs.LAST_TOKEN -> Optional.of(NativeTensor.of(new long[] {length - 1}, 1));
      default -> Optional.empty();
    };
  }
}
