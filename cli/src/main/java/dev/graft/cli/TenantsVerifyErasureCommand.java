package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.signing.SigningException;
import dev.graft.signing.VerifyingKey;
import dev.graft.store.AdapterStore;
import dev.graft.store.Signing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code graft tenants verify-erasure}: a certificate held against the registry. */
@Command(
    name = "verify-erasure",
    customSynopsis = "graft tenants verify-erasure CERTIFICATE [OPTIONS]",
    description =
        "Check that a certificate is the one that was written when the tenant was erased, and that nothing it lists is in the registry, or among the keys if --keys is given. Exits with 7 otherwise.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants verify-erasure acme-erased.json --keys /srv/graft-keys",
      "  graft tenants verify-erasure acme-erased.json --key release.key.pub"
    })
final class TenantsVerifyErasureCommand extends RegistryCommand {
  private static final long MAX_BYTES = 256L << 20;

  @Parameters(paramLabel = "CERTIFICATE", description = "What 'graft tenants erase' wrote.")
  Path certificate;

  @Option(
      names = "--key",
      paramLabel = "FILE.pub",
      description = "Also require that this key has signed it: CERTIFICATE.dsse says so.")
  Optional<Path> key = Optional.empty();

  TenantsVerifyErasureCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "verify the certificate '%s'".formatted(certificate);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    String json = text(certificate, "certificate", "give what 'graft tenants erase' wrote");
    List<String> problems = new ArrayList<>(store.verifyErasure(json));
    if (key.isPresent()) {
      VerifyingKey trusted = Inputs.publicKey(key.get());
      Path signature = TenantsEraseCommand.signatureOf(certificate);
      String envelope = text(signature, "signature", "erase with --sign-key to have it signed");
      try {
        if (!Signing.isSigned(json, envelope, trusted)) {
          problems.add("key %s has not signed it".formatted(trusted.id()));
        }
      } catch (SigningException e) {
        problems.add("'%s': %s".formatted(signature, e.getMessage()));
      }
    }
    ObjectNode out = RegistryJson.object();
    out.put("sound", problems.isEmpty());
    problems.forEach(out.putArray("problems")::add);
    answer(
        out,
        () -> {
          if (problems.isEmpty()) {
            tell(false, "the certificate holds: nothing of what it lists is there");
          } else {
            problems.forEach(problem -> screen.print(screen.style().red("! ") + problem));
          }
        });
    return problems.isEmpty() ? ExitCode.OK : ExitCode.INTEGRITY;
  }

  private String text(Path file, String what, String fix) throws IOException {
    Inputs.requireExists(file, what, fix);
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot " + doing(),
          "'%s' is no file, or larger than any %s".formatted(file, what),
          fix);
    }
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
