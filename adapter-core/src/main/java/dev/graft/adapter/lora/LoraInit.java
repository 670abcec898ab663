package dev.graft.adapter.lora;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.SeededRandom;
import java.util.List;

/**
 * Initial weights of LoRA modules, distributed as PEFT's.
 *
 * <p>The values depend on the seed, the module's path and the shape alone: adding or reordering
 * modules changes nothing for the others, and every machine and Java version makes the same bits.
 * They are not the values that PyTorch draws from the same seed.
 */
public final class LoraInit {
  private LoraInit() {}

  /**
   * Make the weights a module starts with: random A, zero B.
   *
   * @param init the distribution of A
   * @param seed any number; the same number gives the same weights
   * @param module the path of the module
   * @param in features the module takes
   * @param out features the module gives
   * @param rank rows of A
   * @throws IllegalArgumentException if a size is not at least 1
   */
  public static LoraWeights weights(
      InitLoraWeights init, long seed, String module, int in, int out, int rank) {
    if (in < 1 || out < 1 || rank < 1) {
      throw new IllegalArgumentException(
          "module \"%s\" needs in, out and rank of at least 1, found %d, %d and %d"
              .formatted(module, in, out, rank));
    }
    float[] a = new float[Math.multiplyExact(rank, in)];
    SeededRandom random = SeededRandom.of(seed, module);
    double bound = 1 / Math.sqrt(in);
    for (int i = 0; i < a.length; i++) {
      a[i] =
          switch (init) {
            case DEFAULT -> (float) (bound * (2 * random.uniform() - 1));
            case GAUSSIAN -> (float) (random.normal() / rank);
          };
    }
    return new LoraWeights(
        FloatTensor.wrap(List.of((long) rank, (long) in), a),
        FloatTensor.zeros(List.of((long) out, (long) rank)));
  }
}
