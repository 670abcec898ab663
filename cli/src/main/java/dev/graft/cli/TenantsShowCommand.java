package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.AdapterSummary;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import dev.graft.store.model.TrustedKey;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code graft tenants show}: one tenant. */
@Command(
    name = "show",
    customSynopsis = "graft tenants show TENANT [OPTIONS]",
    description = "Show one tenant: its limits, what it uses of them, and its adapters.")
final class TenantsShowCommand extends RegistryCommand {
  @Parameters(
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Which one.")
  String name;

  TenantsShowCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "show the tenant '%s'".formatted(name);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Tenant tenant = store.tenant(name);
    List<AdapterSummary> adapters = store.adapters(name);
    List<TrustedKey> trusted = store.signing().trustedKeys(name);
    ObjectNode out = RegistryJson.tenant(tenant);
    ArrayNode names = out.putArray("adapters");
    adapters.forEach(adapter -> names.add(adapter.line().name().toString()));
    ArrayNode keys = out.putArray("trustedKeys");
    trusted.forEach(key -> keys.add(key.keyId()));
    return answer(out, () -> show(tenant, adapters, trusted, screen));
  }

  private static void show(
      Tenant tenant, List<AdapterSummary> adapters, List<TrustedKey> trusted, Screen screen) {
    screen.print(screen.style().bold(tenant.name()));
    TextTable facts = new TextTable(screen.style(), "", "");
    facts.row("versions", RegistryText.used(tenant));
    facts.row("size", RegistryText.size(tenant));
    if (tenant.state() != TenantState.ACTIVE) {
      facts.row("state", screen.style().red(tenant.state().text()));
    }
    facts.row("encrypted", tenant.isEncrypted() ? "yes, key " + tenant.keyId() : "no");
    if (tenant.signatures() != SignaturePolicy.OFF) {
      facts.row("signatures", tenant.signatures().text());
    }
    for (TrustedKey key : trusted) {
      facts.row(
          "trusts",
          "key %s, since %s, by %s%s"
              .formatted(
                  key.keyId(),
                  RegistryText.minute(key.time()),
                  key.author(),
                  key.note().isEmpty()
                      ? ""
                      : " (%s)".formatted(RegistryText.oneLine(key.note(), 200))));
    }
    facts.row("since", "%s, by %s".formatted(RegistryText.minute(tenant.time()), tenant.author()));
    if (!tenant.note().isEmpty()) {
      facts.row("note", RegistryText.oneLine(tenant.note(), 200));
    }
    for (AdapterSummary adapter : adapters) {
      facts.row(
          adapter.line().name().name(),
          "newest @%d%s"
              .formatted(
                  adapter.newest().number(),
                  adapter.aliases().isEmpty()
                      ? ""
                      : "; " + RegistryText.aliases(adapter.aliases())));
    }
    screen.print(facts.render("  "));
  }
}
