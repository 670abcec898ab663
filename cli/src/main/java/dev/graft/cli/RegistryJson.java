package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.AliasChange;
import dev.graft.store.PublishResult;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the registry holds, as programs read it; {@code docs/formats/registry-json.md} has it. */
final class RegistryJson {
  private RegistryJson() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode version(Version version) {
    ObjectNode out = object();
    out.put("reference", version.reference().toString());
    out.put("adapter", version.adapter().toString());
    out.put("version", version.number());
    out.put("state", version.state().text());
    out.put("digest", version.digest());
    out.put("manifest", version.manifest());
    out.put("baseDigest", version.baseDigest());
    out.put("tokenizerDigest", version.tokenizerDigest());
    out.put("type", version.type());
    out.put("rank", version.rank());
    out.put("sizeBytes", version.sizeBytes());
    version.metrics().forEach(out.putObject("metrics")::put);
    out.put("author", version.author());
    out.put("time", version.time().toString());
    out.put("note", version.note());
    return out;
  }

  static void aliases(ArrayNode out, List<Alias> aliases) {
    for (Alias alias : aliases) {
      out.add(alias(alias));
    }
  }

  static ObjectNode alias(Alias alias) {
    return object()
        .put("alias", alias.name())
        .put("version", alias.version())
        .put("revision", alias.revision());
  }

  static ObjectNode change(AliasChange change, boolean dryRun) {
    Alias either = change.after().or(change::before).orElseThrow();
    ObjectNode out = object();
    out.put("adapter", either.adapter().toString());
    out.put("alias", either.name());
    put(out, "before", change.before());
    put(out, "after", change.after());
    out.put("moved", change.isMove());
    change.skipped().forEach(out.putArray("skipped")::add);
    out.put("dryRun", dryRun);
    return out;
  }

  private static void put(ObjectNode out, String key, Optional<Alias> alias) {
    if (alias.isPresent()) {
      out.putObject(key)
          .put("version", alias.get().version())
          .put("revision", alias.get().revision());
    } else {
      out.putNull(key);
    }
  }

  static ObjectNode published(PublishResult result, boolean dryRun) {
    ObjectNode out = object();
    out.set("version", version(result.version()));
    out.put("isNew", result.isNew());
    if (result.alias().isPresent()) {
      out.set("alias", change(result.alias().get(), dryRun));
    } else {
      out.putNull("alias");
    }
    out.put("signedBy", result.signedBy().orElse(null));
    if (result.probesChecked().isPresent()) {
      out.put("probesChecked", result.probesChecked().getAsInt());
    } else {
      out.putNull("probesChecked");
    }
    result.warnings().forEach(out.putArray("warnings")::add);
    out.put("dryRun", dryRun);
    return out;
  }

  static ObjectNode parent(Parent parent) {
    ObjectNode out = object();
    out.put("reference", parent.reference().toString());
    out.put("relation", parent.relation());
    parent.weight().ifPresent(weight -> out.put("weight", weight));
    return out;
  }

  static ObjectNode move(AliasMove move) {
    ObjectNode out = object();
    out.put("revision", move.revision());
    out.put("move", move.kind().name().toLowerCase(Locale.ROOT));
    if (move.version().isPresent()) {
      out.put("version", move.version().getAsInt());
    } else {
      out.putNull("version");
    }
    return out.put("author", move.author())
        .put("time", move.time().toString())
        .put("note", move.note());
  }

  static ObjectNode tenant(Tenant tenant) {
    ObjectNode out = object();
    out.put("tenant", tenant.name());
    out.put("versions", tenant.usedVersions());
    out.put("sizeBytes", tenant.usedBytes());
    if (tenant.quota().versions().isPresent()) {
      out.put("maxVersions", tenant.quota().versions().getAsLong());
    } else {
      out.putNull("maxVersions");
    }
    if (tenant.quota().bytes().isPresent()) {
      out.put("maxBytes", tenant.quota().bytes().getAsLong());
    } else {
      out.putNull("maxBytes");
    }
    out.put("state", tenant.state().text());
    if (tenant.isEncrypted()) {
      out.put("keyId", tenant.keyId());
    } else {
      out.putNull("keyId");
    }
    out.put("signatures", tenant.signatures().text());
    return out.put("author", tenant.author())
        .put("time", tenant.time().toString())
        .put("note", tenant.note());
  }

  static ObjectNode audit(AuditLine line) {
    ObjectNode out = object();
    out.put("sequence", line.sequence());
    out.put("time", line.time().toString());
    out.put("author", line.author());
    out.put("tenant", line.tenant());
    out.put("action", line.action());
    out.put("subject", line.subject());
    out.set("detail", parse(line.detail()));
    out.put("note", line.note());
    return out.put("hash", line.hash());
  }

  /** A text that the registry wrote as JSON; where somebody changed it, as text. */
  static JsonNode parse(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.textNode(json);
    }
  }
}
