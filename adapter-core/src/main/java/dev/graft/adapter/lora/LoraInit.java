package dev.graft.adapter.lora;

import dev.graft.adapter.FloatTensor;
import dev.graft.files.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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
    Random random = new Random(streamOf(seed, module));
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

  /** A seed for each module that shares nothing with that of its neighbours. */
  private static long streamOf(long seed, String module) {
    MessageDigest sha = Digests.sha256();
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
    sha.update(module.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(sha.digest()).getLong();
  }

  /**
   * SplitMix64 (Steele, Lea, Flood 2014), written out because the JDK does not promise the bits of
   * its generators.
   */
  private static final class Random {
    private long state;

    Random(long seed) {
      state = seed;
    }

    private long next() {
      state += 0x9E3779B97F4A7C15L;
      long z = state;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return z ^ (z >>> 31);
    }

    /** Uniform in (0, 1), never either end. */
    double uniform() {
      return ((next() >>> 11) + 0.5) * 0x1p-53;
    }

    /** Standard normal by Box and Muller; StrictMath gives the same bits everywhere. */
    double normal() {
      double radius = StrictMath.sqrt(-2 * StrictMath.log(uniform()));
      return radius * StrictMath.cos(2 * Math.PI * uniform());
    }
  }
}
