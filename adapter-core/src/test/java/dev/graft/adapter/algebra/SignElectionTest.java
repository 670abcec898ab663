package dev.graft.adapter.algebra;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignElectionTest {
  private static final float[] WEIGHTS = {0.5f, -1.5f, 2};

  /** What TIES says, entry by entry. */
  private static float expected(MajoritySign by, float... entries) {
    float balance = 0;
    for (float entry : entries) {
      balance += by == MajoritySign.TOTAL ? entry : Math.signum(entry);
    }
    float sign = balance >= 0 ? 1 : -1;
    float sum = 0;
    int agreeing = 0;
    for (int i = 0; i < entries.length; i++) {
      if (Math.signum(entries[i]) == sign) {
        sum += entries[i] * WEIGHTS[i];
        agreeing++;
      }
    }
    return agreeing > 1 ? sum / agreeing : sum;
  }

  private static float[] row(Random random, int length) {
    float[] special = {
      0, -0f, 1, -1, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, 1e30f, -1e30f, 3e37f
    };
    float[] row = new float[length];
    for (int j = 0; j < length; j++) {
      row[j] =
          random.nextBoolean()
              ? special[random.nextInt(special.length)]
              : (float) random.nextGaussian();
    }
    return row;
  }

  @ParameterizedTest
  @EnumSource(MajoritySign.class)
  void electsAsDefinedToTheLastBit(MajoritySign by) {
    Random random = new Random(1);
    SignElection election = new SignElection(by, WEIGHTS);
    for (int length : new int[] {1, 1023, 1024, 2500}) {
      float[][] rows = {row(random, length), row(random, length), row(random, length)};
      float[] expected = new float[length];
      for (int j = 0; j < length; j++) {
        expected[j] = expected(by, rows[0][j], rows[1][j], rows[2][j]);
      }

      election.merge(rows);

      assertArrayEquals(expected, rows[0]);
    }
  }
}
