package dev.graft.cli;

import dev.graft.generate.GenerationRequest;
import dev.graft.generate.Sampling;
import dev.graft.generate.Stopping;
import java.security.SecureRandom;
import java.util.OptionalLong;

/**
 * How answers are generated.
 *
 * @param seed of all answers; where absent each gets one of its own
 */
record AnswerPlan(Sampling sampling, OptionalLong seed, Stopping stopping) {

  /** A request that is generated so. */
  GenerationRequest of(GenerationRequest request) {
    // Short enough that programs which read JSON numbers as doubles do not change it.
    Sampling seeded =
        sampling.isGreedy()
            ? sampling
            : sampling.withSeed(seed.orElseGet(() -> new SecureRandom().nextInt() & 0x7fff_ffffL));
    return request.withSampling(seeded).withStopping(stopping);
  }

  AnswerPlan withSampling(Sampling value) {
    return new AnswerPlan(value, seed, stopping);
  }

  AnswerPlan withSeed(long value) {
    return new AnswerPlan(sampling, OptionalLong.of(value), stopping);
  }

  AnswerPlan withStopping(Stopping value) {
    return new AnswerPlan(sampling, seed, value);
  }
}
