package dev.graft.cli;

import dev.graft.signing.KeyPairFiles;
import dev.graft.signing.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code graft keys signing}: a new key to sign versions with. */
@Command(
    name = "signing",
    customSynopsis = "graft keys signing -o FILE [OPTIONS]",
    description =
        "Make an Ed25519 key to sign versions with: FILE, which only you may read, and FILE.pub for those who trust it. Keys that OpenSSL made do as well.",
    footerHeading = "%nExample:%n",
    footer = "  graft keys signing -o release.key")
final class KeysSigningCommand extends AnsweringCommand {
  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where to write it; neither FILE nor FILE.pub must exist.")
  Path output;

  @Mixin DryRunOption dry;

  KeysSigningCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "make a key to sign with";
  }

  @Override
  public Integer call() throws IOException {
    Optional<SigningKey> key = make();
    Path publicFile = KeyPairFiles.publicFile(output);
    return answer(
            RegistryJson.object()
                .put("key", output.toString())
                .put("publicKey", publicFile.toString())
                .put("keyId", key.map(SigningKey::id).orElse(null))
                .put("dryRun", dry.dryRun),
            () -> {
              tell(dry.dryRun, "%s  keep it secret".formatted(output));
              tell(
                  dry.dryRun,
                  "%s  for those who trust it%s"
                      .formatted(publicFile, key.map(made -> ", key " + made.id()).orElse("")));
            })
        .code();
  }

  /** A key that is only tried is none, and has no id. */
  private Optional<SigningKey> make() throws IOException {
    if (dry.dryRun) {
      KeyPairFiles.requireRoom(output);
      return Optional.empty();
    }
    SigningKey key = SigningKey.create();
    KeyPairFiles.write(key, output);
    return Optional.of(key);
  }
}
