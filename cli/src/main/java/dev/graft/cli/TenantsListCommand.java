package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.TenantState;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code graft tenants list}: all tenants. */
@Command(
    name = "list",
    customSynopsis = "graft tenants list [OPTIONS]",
    description = "List the tenants, with what they have and may have.")
final class TenantsListCommand extends RegistryCommand {
  TenantsListCommand(CommandContext context) {
    super(context);
  }

  @Override
  public String doing() {
    return "list tenants";
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    List<Tenant> tenants = store.tenants();
    ObjectNode out = RegistryJson.object();
    ArrayNode list = out.putArray("tenants");
    tenants.forEach(tenant -> list.add(RegistryJson.tenant(tenant)));
    return answer(out, () -> show(tenants, screen));
  }

  private static void show(List<Tenant> tenants, Screen screen) {
    if (tenants.isEmpty()) {
      screen.print("there are no tenants; 'graft tenants create' adds one");
      return;
    }
    TextTable table =
        new TextTable(screen.style(), "tenant", ">versions", ">size", "since", "by", "note");
    for (Tenant tenant : tenants) {
      table.row(
          tenant.name(),
          tenant.state() == TenantState.ACTIVE ? RegistryText.used(tenant) : tenant.state().text(),
          RegistryText.size(tenant),
          RegistryText.day(tenant.time()),
          RegistryText.oneLine(tenant.author(), 20),
          RegistryText.oneLine(tenant.note(), 40));
    }
    screen.print(table.renderWithin("", screen.tableColumns()));
  }
}
