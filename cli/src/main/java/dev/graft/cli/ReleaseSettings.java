package dev.graft.cli;

import dev.graft.signing.SigningKey;
import dev.graft.store.Expected;
import dev.graft.store.PublishRequest;
import dev.graft.store.check.Gate;
import dev.graft.store.check.NotWorseThan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** What a version must fulfil to be published, and what points to it then. */
final class ReleaseSettings {
  @Option(
      names = "--alias",
      order = 700,
      paramLabel = "ALIAS",
      converter = RegistryConverters.WordConverter.class,
      description = "Point this alias to the new version at once: candidate, prod.")
  Optional<String> alias = Optional.empty();

  @Option(
      names = "--expect",
      order = 701,
      paramLabel = "@N|none",
      converter = RegistryConverters.ExpectedConverter.class,
      description =
          "With --alias: only if it points to version N now, or does not exist; else publish nothing.")
  Optional<Expected> expected = Optional.empty();

  @Option(
      names = "--require",
      order = 702,
      paramLabel = "GATE",
      converter = RegistryConverters.GateConverter.class,
      description =
          "Publish only if METRIC>=NUMBER (or <=, >, <) holds; may be given several times.")
  List<Gate> gates = new ArrayList<>();

  @Option(
      names = "--not-worse-than",
      order = 703,
      paramLabel = "ALIAS[:METRIC]",
      converter = RegistryConverters.NotWorseConverter.class,
      description =
          "Publish only if the metric is at least as good as that of what ALIAS points to. Default: evalAccuracy, else evalLoss.")
  Optional<NotWorseThan> notWorseThan = Optional.empty();

  @Option(
      names = "--tag",
      order = 704,
      paramLabel = "TAG",
      converter = RegistryConverters.WordConverter.class,
      description = "Label the version; may be given several times.")
  List<String> tags = new ArrayList<>();

  @Option(
      names = "--allow-new-base",
      order = 705,
      description = "Let the version belong to another base or tokenizer than the one before.")
  boolean allowNewBase;

  @Mixin SigningSettings signing;

  private Optional<SigningKey> signingKey = Optional.empty();

  /** Whether anything of it is given; a key to sign with may be the environment's. */
  boolean isGiven(ParseResult parsed) {
    return SigningSettings.isAsked(parsed)
        || alias.isPresent()
        || expected.isPresent()
        || !gates.isEmpty()
        || notWorseThan.isPresent()
        || !tags.isEmpty()
        || allowNewBase;
  }

  void check() throws IOException {
    signingKey = signing.key();
    if (expected.isPresent() && alias.isEmpty()) {
      throw CommandFailure.usage(
          "--expect has nothing to go with", "it says where an alias must point", "add --alias");
    }
  }

  void applyTo(PublishRequest request) {
    alias.ifPresent(name -> request.alias(name, expected.orElse(Expected.anything())));
    gates.forEach(request::require);
    notWorseThan.ifPresent(request::notWorseThan);
    tags.forEach(request::tag);
    signingKey.ifPresent(request::sign);
    if (allowNewBase) {
      request.allowNewBase();
    }
  }
}
