package dev.graft.cli;

import dev.graft.signing.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** With which key something is signed. */
final class SigningSettings {
  private static final String OPTION = "--sign-key";

  @Option(
      names = OPTION,
      order = 706,
      paramLabel = "FILE",
      description =
          "Sign with this private Ed25519 key, a PEM file ('graft keys signing', or OpenSSL). Default: GRAFT_SIGN_KEY of the environment.")
  Optional<Path> file = Optional.empty();

  /** Whether a key is given on the command line, and not as a default for all commands. */
  static boolean isAsked(ParseResult parsed) {
    return parsed.hasMatchedOption(OPTION);
  }

  /** Reads the key, if one is given. */
  Optional<SigningKey> key() throws IOException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Inputs.requireExists(file.get(), "key", "make one with 'graft keys signing -o FILE'");
    return Optional.of(SigningKey.read(file.get()));
  }

  SigningKey required() throws IOException {
    return key()
        .orElseThrow(
            () ->
                CommandFailure.usage(
                    "no key to sign with is given",
                    "--sign-key and GRAFT_SIGN_KEY are missing",
                    "give --sign-key FILE; 'graft keys signing -o FILE' makes one"));
  }
}
