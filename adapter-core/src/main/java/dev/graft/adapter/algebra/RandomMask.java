package dev.graft.adapter.algebra;

import dev.graft.adapter.SeededRandom;
import java.util.stream.IntStream;

/**
 * DARE's random pruning: each entry is kept with probability {@code density} and divided by it, or
 * else set to zero.
 *
 * <p>Entries are decided one by one and independently, as PEFT does it, but by SplitMix64 ({@link
 * SeededRandom}) and not by PyTorch's generator: the distribution is the same, the mask is not.
 * Every {@code RUN} entries of a row start a sequence of their own, named after the tensor, the row
 * and the run, so that neither the number of threads nor other tensors change a mask.
 */
final class RandomMask {
  private static final int RUN = 1 << 16;

  private RandomMask() {}

  /**
   * Prune a tensor in place.
   *
   * @param name tells the tensor from all others of the combination
   */
  static void prune(float[][] rows, double density, long seed, String name) {
    float scale = (float) density;
    IntStream.range(0, rows.length)
        .parallel()
        .forEach(
            r -> {
              for (int from = 0; from < rows[r].length; from += RUN) {
                SeededRandom random =
                    SeededRandom.of(seed, "%s/%d/%d".formatted(name, r, from / RUN));
                int to = Math.min(rows[r].length, from + RUN);
                for (int i = from; i < to; i++) {
                  rows[r][i] = random.uniform() < density ? rows[r][i] / scale : 0;
                }
              }
            });
  }
}
