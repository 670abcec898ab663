package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code graft tenants verify-erasure}: a certificate held against the registry. */
@Command(
    name = "verify-erasure",
    customSynopsis = "graft tenants verify-erasure CERTIFICATE [OPTIONS]",
    description =
        "Check that a certificate is the one that was written when the tenant was erased, and that nothing it lists is in the registry, or among the keys if --keys is given. Exits with 7 otherwise.",
    footerHeading = "%nExample:%n",
    footer = "  graft tenants verify-erasure acme-erased.json --keys /srv/graft-keys")
final class TenantsVerifyErasureCommand extends RegistryCommand {
  private static final long MAX_BYTES = 256L << 20;

  @Parameters(paramLabel = "CERTIFICATE", description = "What 'graft tenants erase' wrote.")
  Path certificate;

  TenantsVerifyErasureCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "verify the certificate '%s'".formatted(certificate);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Inputs.requireExists(certificate, "certificate", "give what 'graft tenants erase' wrote");
    if (!Files.isRegularFile(certificate) || Files.size(certificate) > MAX_BYTES) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot " + doing(),
          "it is no file, or larger than any certificate",
          "give what 'graft tenants erase' wrote");
    }
    String json = new String(Files.readAllBytes(certificate), StandardCharsets.UTF_8);
    List<String> problems = store.verifyErasure(json);
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
}
