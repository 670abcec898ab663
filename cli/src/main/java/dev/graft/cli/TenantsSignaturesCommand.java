package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.store.AdapterStore;
import dev.graft.store.model.SignaturePolicy;
import dev.graft.store.model.Tenant;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code graft tenants signatures}: what is done about versions that nobody has signed. */
@Command(
    name = "signatures",
    customSynopsis = "graft tenants signatures TENANT off|warn|require [OPTIONS]",
    description =
        "Decide what is done about a tenant's versions that no key it trusts has signed: off, nothing; warn, they are served with a warning; require, no alias can be pointed to them, and they are not served.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  graft tenants signatures acme require --dry-run   # what would be refused?",
      "  graft tenants signatures acme require"
    })
final class TenantsSignaturesCommand extends RegistryCommand {
  @Parameters(
      index = "0",
      paramLabel = "TENANT",
      converter = RegistryConverters.WordConverter.class,
      description = "Whose versions.")
  String tenant;

  @Parameters(
      index = "1",
      paramLabel = "POLICY",
      converter = PolicyConverter.class,
      completionCandidates = Policies.class,
      description = "off, warn or require.")
  SignaturePolicy policy;

  @Mixin ForceOption force;
  @Mixin ChangeSettings change;

  TenantsSignaturesCommand(CommandContext context) {
    super(context);
  }

  /** The policy's word. */
  static final class PolicyConverter implements ITypeConverter<SignaturePolicy> {
    @Override
    public SignaturePolicy convert(String value) {
      return Converters.parse(value, SignaturePolicy::parse);
    }
  }

  /** The words, for completion and suggestions. */
  static final class Policies implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      List<String> words =
          Arrays.stream(SignaturePolicy.values()).map(SignaturePolicy::text).toList();
      return words.iterator();
    }
  }

  @Override
  public String doing() {
    return "set the signature policy of '%s'".formatted(tenant);
  }

  @Override
  ExitCode run(AdapterStore store, Screen screen) throws IOException {
    Tenant after = store.signing().setPolicy(tenant, policy, force.force, change.change());
    return answer(
        RegistryJson.tenant(after).put("dryRun", change.dryRun),
        () -> tell(change.dryRun, "%s  signatures: %s".formatted(tenant, policy.text())));
  }
}
