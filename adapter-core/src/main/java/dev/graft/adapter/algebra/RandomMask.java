package dev.graft.adapter.algebra;

import dev.graft.adapter.SeededRandom;

/**
 * DARE's random pruning: each entry is kept with probability {@code density} and divided by it, or
 * else set to zero.
 *
 * <p>Entries are decided one by one and independently, as PEFT does it, but by SplitMix64 ({@link
 * SeededRandom}) and not by PyTorch's generator: the distribution is the same, the mask is not.
 * Every {@code RUN} entries of a row start a sequence of their own, named after the tensor, the row
 * and the run, so that neither the number of threads nor other tensors change a mask.
 *
 * @param name tells the tensor from all others of the combination
 */
record RandomMask(double density, long seed, String name) implements Pruning {
  private static final int RUN = 1 << 16;

  @Override
  public void prune(float[] row, int index) {
    float scale = (float) density;
    long limit = SeededRandom.limitOf(density);
    for (int i = 0; i < row.length; i++) {
      row[i] /= scale;
    }
    for (int from = 0; from < row.length; from += RUN) {
      SeededRandom random = SeededRandom.of(seed, "%s/%d/%d".formatted(name, index, from / RUN));
      random.keepBelow(limit, row, from, Math.min(row.length, from + RUN));
    }
  }
}
