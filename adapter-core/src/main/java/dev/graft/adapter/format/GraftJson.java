package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Derivation;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code graft.json}, the file of a {@link GraftRecord}. Its fields bear the names of the record's
 * components.
 *
 * <p>Version 1. A file of a newer version is refused. Unknown fields of a known version are kept
 * and written again, so that an older Graft passes on what a newer one noted.
 */
public final class GraftJson {
  /** Name of the file beside PEFT's. */
  public static final String FILE = "graft.json";

  private static final String VERSION = "formatVersion";
  private static final String DERIVATION = "derivation";

  private GraftJson() {}

  /**
   * Read a record.
   *
   * @throws AdapterFormatException if the file is not JSON, of a newer version, or a field has the
   *     wrong type
   */
  public static GraftRecord read(Path path) throws IOException {
    return fromJson(path, Json.read(path));
  }

  /** Write a record, atomically. */
  public static void write(GraftRecord record, Path path) throws IOException {
    Json.write(path, toJson(record));
  }

  static GraftRecord fromJson(Path path, ObjectNode json) throws IOException {
    JsonFields fields = new JsonFields(path, "", json);
    int version =
        fields
            .integer(VERSION)
            .orElseThrow(() -> fields.bad(VERSION, "missing; every graft.json states its version"));
    if (version < 1 || version > GraftRecord.FORMAT_VERSION) {
      throw fields.bad(
          VERSION,
          ("version %d is not supported, this Graft reads 1 to %d; use the Graft that "
                  + "wrote the file or a newer one")
              .formatted(version, GraftRecord.FORMAT_VERSION));
    }
    try {
      return GraftRecord.builder()
          .baseDigest(fields.text("baseDigest").orElse(null))
          .tokenizerDigest(fields.text("tokenizerDigest").orElse(null))
          .pooling(fields.text("pooling").orElse(null))
          .task(fields.text("task").orElse(null))
          .maxLength(fields.integer("maxLength").orElse(null))
          .labels(fields.texts("labels"))
          .training(fields.object("training"))
          .probes(probes(fields))
          .derivation(derivation(fields).orElse(null))
          .extra(fields.unread())
          .build();
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(path, "", e);
    }
  }

  private static List<Probe> probes(JsonFields fields) throws AdapterFormatException {
    List<Probe> probes = new ArrayList<>();
    for (JsonNode item : fields.items("probes")) {
      if (!(item instanceof ObjectNode object)) {
        throw fields.bad("probes", "expected objects, found " + item);
      }
      JsonFields probe = new JsonFields(fields.path(), "/probes/" + probes.size(), object);
      probes.add(
          new Probe(
              probe.text("text").orElseThrow(() -> probe.bad("text", "missing")),
              probe.integers("tokens"),
              probe.floats("base"),
              probe.floats("adapter")));
    }
    return probes;
  }

  private static Optional<Derivation> derivation(JsonFields fields) throws AdapterFormatException {
    if (fields.value(DERIVATION).isEmpty()) {
      return Optional.empty();
    }
    JsonFields derivation =
        new JsonFields(fields.path(), "/" + DERIVATION, fields.object(DERIVATION));
    List<Derivation.Parent> parents = new ArrayList<>();
    for (JsonNode item : derivation.items("parents")) {
      if (!(item instanceof ObjectNode object)) {
        throw derivation.bad("parents", "expected objects, found " + item);
      }
      JsonFields parent =
          new JsonFields(
              fields.path(), "/%s/parents/%d".formatted(DERIVATION, parents.size()), object);
      parents.add(
          new Derivation.Parent(
              parent.text("digest").orElseThrow(() -> parent.bad("digest", "missing")),
              parent.number("weight").orElseThrow(() -> parent.bad("weight", "missing"))));
    }
    return Optional.of(
        new Derivation(
            derivation.text("method").orElseThrow(() -> derivation.bad("method", "missing")),
            parents,
            derivation.object("settings")));
  }

  static ObjectNode toJson(GraftRecord record) {
    ObjectNode json = Json.newObject();
    json.put(VERSION, GraftRecord.FORMAT_VERSION);
    record.baseDigest().ifPresent(value -> json.put("baseDigest", value));
    record.tokenizerDigest().ifPresent(value -> json.put("tokenizerDigest", value));
    record.pooling().ifPresent(value -> json.put("pooling", value));
    record.task().ifPresent(value -> json.put("task", value));
    record.maxLength().ifPresent(value -> json.put("maxLength", value));
    if (!record.labels().isEmpty()) {
      record.labels().forEach(json.putArray("labels")::add);
    }
    if (!record.training().isEmpty()) {
      json.set("training", record.training());
    }
    if (!record.probes().isEmpty()) {
      ArrayNode probes = json.putArray("probes");
      for (Probe probe : record.probes()) {
        ObjectNode item = probes.addObject().put("text", probe.text());
        if (!probe.tokens().isEmpty()) {
          probe.tokens().forEach(item.putArray("tokens")::add);
        }
        probe.base().forEach(item.putArray("base")::add);
        probe.adapter().forEach(item.putArray("adapter")::add);
      }
    }
    record.derivation().ifPresent(value -> json.set(DERIVATION, toJson(value)));
    json.setAll(record.extra());
    return json;
  }

  private static ObjectNode toJson(Derivation derivation) {
    ObjectNode json = Json.newObject().put("method", derivation.method());
    ArrayNode parents = json.putArray("parents");
    for (Derivation.Parent parent : derivation.parents()) {
      parents.addObject().put("digest", parent.digest()).put("weight", parent.weight());
    }
    if (!derivation.settings().isEmpty()) {
      json.set("settings", derivation.settings());
    }
    return json;
  }
}
