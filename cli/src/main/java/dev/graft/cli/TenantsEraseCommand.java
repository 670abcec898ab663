package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.files.AtomicFiles;
import dev.graft.signing.SigningKey;
import dev.graft.store.AdapterStore;
import dev.graft.store.Erasure;
import dev.graft.store.ErasureCertificate;
import dev.graft.store.Signing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code graft tenants erase}: a tenant that leaves. */
@Command(
    name = "erase",
    customSynopsis = "graft tenants erase TENANT --confirm TENANT [-o CERTIFICATE] [OPTIONS]",
    description =
        "Erase a tenant for good: its keys, the files that no other tenant has, and all the index says of it but the audit log. Its name stays taken. What was erased stands in a certificate for the customer. What stopped halfway goes on when it is run again; of an erased tenant the certificate is written again.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants erase acme --dry-run",
      "  graft tenants erase acme --confirm acme -o acme-erased.json --note 'contract ended'",
      "",
      "With --sign-key the certificate's signature is written beside it, as",
      "CERTIFICATE.dsse; an erased tenant's certificate can be signed later as well."
    })
final class TenantsEraseCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Which one.")
  String tenant;

  @Option(
      names = "--confirm",
      paramLabel = "TENANT",
      description = "The same name again; needed unless with --dry-run.")
  Optional<String> confirm = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "CERTIFICATE",
      description = "Where to write the certificate; a file that is not there yet.")
  Optional<Path> output = Optional.empty();

  @Spec private CommandSpec spec;
  @Mixin SigningSettings signing;
  @Mixin ChangeSettings change;

  private Optional<SigningKey> signingKey = Optional.empty();

  TenantsEraseCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "erase the tenant '%s'".formatted(tenant);
  }

  @Override
  void check() throws IOException {
    if (!change.dryRun && !confirm.equals(Optional.of(tenant))) {
      throw CommandFailure.usage(
          "the erasure is not confirmed",
          "it cannot be undone, and --confirm does not say '%s'".formatted(tenant),
          "look at it with --dry-run, then give --confirm %s".formatted(tenant));
    }
    ParseResult parsed = spec.commandLine().getParseResult();
    if (output.isEmpty() && !change.dryRun && SigningSettings.isAsked(parsed)) {
      throw CommandFailure.usage(
          "there is no certificate to sign",
          "-o does not say where to write it",
          "add -o CERTIFICATE, or leave --sign-key out");
    }
    signingKey = signing.key();
    if (output.isPresent()) {
      requireAbsent(output.get());
      requireAbsent(signatureOf(output.get()));
    }
  }

  private void requireAbsent(Path file) {
    if (Files.exists(file)) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "cannot " + doing(),
          "'%s' exists already".formatted(file),
          "choose another file for the certificate with -o");
    }
  }

  /** Where the signature of a certificate is. */
  static Path signatureOf(Path certificate) {
    return certificate.resolveSibling(certificate.getFileName() + ".dsse");
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Erasure erasure = store.eraseTenant(tenant, change.change());
    if (output.isPresent() && !change.dryRun) {
      write(output.get(), erasure.json());
      if (signingKey.isPresent()) {
        write(signatureOf(output.get()), Signing.signCertificate(erasure.json(), signingKey.get()));
      }
    }
    return answer(json(erasure), () -> show(erasure));
  }

  private static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(file, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  private ObjectNode json(Erasure erasure) throws IOException {
    ObjectNode out = RegistryJson.object();
    out.put("tenant", tenant);
    out.put("isNew", erasure.isNew());
    out.set("certificate", RegistryJson.parse(erasure.json()));
    ArrayNode descendants = out.putArray("descendants");
    erasure.descendants().forEach(reference -> descendants.add(reference.toString()));
    return out.put("dryRun", change.dryRun);
  }

  private void show(Erasure erasure) {
    ErasureCertificate certificate = erasure.certificate();
    if (!erasure.isNew()) {
      tell(false, "%s was erased on %s".formatted(tenant, certificate.time()));
    } else {
      tell(
          change.dryRun,
          "%s is erased: %s, %s, %s"
              .formatted(
                  tenant,
                  RegistryText.count(certificate.versions().size(), "version"),
                  RegistryText.count(certificate.destroyedBlobs().size(), "file"),
                  RegistryText.count(certificate.destroyedKeys().size(), "key")));
    }
    if (output.isPresent() && signingKey.isPresent() && !change.dryRun) {
      tell(false, "%s  the certificate's signature".formatted(signatureOf(output.get())));
    }
    if (!certificate.sharedBlobs().isEmpty()) {
      warn(
          "another tenant published the same content as %s, so it stays"
              .formatted(RegistryText.count(certificate.sharedBlobs().size(), "file")));
    }
    if (!erasure.descendants().isEmpty()) {
      warn(
          "other tenants have versions that were made from its versions: %s"
              .formatted(erasure.descendants()));
    }
    if (certificate.encryptedSince().isEmpty()) {
      warn("it was not encrypted: backups of the registry still have its files");
    }
  }
}
