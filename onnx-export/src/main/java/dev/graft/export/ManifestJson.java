package dev.graft.export;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.inject.ClassificationHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes {@code manifest.json}. */
final class ManifestJson {
  /** A manifest of a large model with every slot has some hundred kilobytes. */
  private static final long LARGEST_MANIFEST_BYTES = 64L << 20;

  private ManifestJson() {}

  static JsonMapper mapper() {
    return JsonMapper.builder()
        .addModule(new Jdk8Module())
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
        .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
        .build();
  }

  static Manifest read(Path file) throws IOException {
    if (Files.size(file) > LARGEST_MANIFEST_BYTES) {
      throw new BundleException(
          file,
          "%d bytes is over the limit of %d for a manifest"
              .formatted(Files.size(file), LARGEST_MANIFEST_BYTES));
    }
    JsonMapper json = mapper();
    try {
      JsonNode tree = json.readTree(Files.readAllBytes(file));
      JsonNode version = tree.path("formatVersion");
      if (!version.isInt()) {
        throw new BundleException(file, "has no formatVersion; this is not a bundle's manifest");
      }
      if (version.intValue() < Manifest.OLDEST_VERSION
          || version.intValue() > Manifest.FORMAT_VERSION) {
        throw new BundleException(
            file,
            "bundle format version %d, this program reads versions %d to %d; export the model again"
                .formatted(version.intValue(), Manifest.OLDEST_VERSION, Manifest.FORMAT_VERSION));
      }
      if (version.intValue() == Manifest.OLDEST_VERSION && tree instanceof ObjectNode fields) {
        addHead(json, fields);
      }
      return json.treeToValue(tree, Manifest.class);
    } catch (JsonProcessingException e) {
      throw new BundleException(file, "is damaged: " + e.getOriginalMessage(), e);
    }
  }

  /** Version 2 had one kind of head and did not name it. */
  private static void addHead(JsonMapper json, ObjectNode fields) {
    boolean classifies = fields.path("task").asText().equals(Task.TEXT_CLASSIFICATION.text());
    fields.set("head", json.valueToTree(classifies ? ClassificationHead.linear() : null));
    fields.putArray("headLabels");
  }
}
