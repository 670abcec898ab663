package dev.graft.train;

import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixInit;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.module.DecoderInfo;
import dev.graft.train.TrainingModels.Base;
import dev.graft.train.TrainingModels.Weights;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Settles what a prefix run starts from. */
final class PrefixSetup {
  private PrefixSetup() {}

  /**
   * Describes the run: it goes on from an adapter, from the keys and values of a prompt, or from
   * random ones.
   */
  static PrefixTraining training(
      TrainingModels models, TrainingOptions options, Optional<Weights> bound) throws IOException {
    if (bound.isPresent()) {
      return new PrefixTraining(new PrefixWeights(bound.get().prefix()));
    }
    if (options.initPrompt().isPresent()) {
      OptionalInt length =
          options.origin("virtualTokens") == Origin.DEFAULT
              ? OptionalInt.empty()
              : OptionalInt.of(options.virtualTokens());
      return new PrefixTraining(
          models.prefixOf(
              options.initPrompt().get(), length, TrainingSessions.settings(options.threads())));
    }
    Base base = models.base();
    DecoderInfo decoder =
        base.decoder()
            .orElseThrow(() -> new TrainingException("a prefix needs a decoder, not an encoder"));
    PrefixConfig config =
        PrefixConfig.of(
            options.virtualTokens(), decoder.layers(), decoder.kvHeads(), decoder.headDim());
    return new PrefixTraining(PrefixInit.random(config, options.seed()));
  }
}
