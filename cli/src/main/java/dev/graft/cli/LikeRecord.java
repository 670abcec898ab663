package dev.graft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.files.Digests;
import dev.graft.store.StoredAdapter;
import dev.graft.store.VersionDetails;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.train.Origin;
import dev.graft.train.TrainingOptions;
import dev.graft.train.TrainingOptionsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** How a version was trained, by its own record, and whether a new run is the same. */
final class LikeRecord {
  private static final Set<String> DATA = Set.of("trainData", "evalData", "labels", "columns");

  private final Version version;
  private final List<VersionFile> files;
  private final ObjectNode training;

  private LikeRecord(Version version, List<VersionFile> files, ObjectNode training) {
    this.version = version;
    this.files = files;
    this.training = training;
  }

  static LikeRecord of(StoredAdapter stored, VersionDetails details) {
    ObjectNode training = stored.adapter().record().training();
    if (!training.path("options").isObject() || !training.path("inputs").isObject()) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot train like %s".formatted(stored.version().reference()),
          "it does not say with which options and on what it was trained",
          "name a version that 'graft train' made, or give the options here");
    }
    return new LikeRecord(stored.version(), details.files(), training);
  }

  Version version() {
    return version;
  }

  /** Digest of the adapter that the version was trained from. */
  Optional<String> initAdapter() {
    String digest = training.path("inputs").path("initAdapter").asText();
    return digest.isEmpty() ? Optional.empty() : Optional.of(digest);
  }

  /** The options that are given, and the version's where none are. */
  TrainingOptions options(TrainingOptions given) {
    ObjectNode recorded = (ObjectNode) training.path("options");
    Set<String> known = new HashSet<>(TrainingOptions.names());
    for (Map.Entry<String, JsonNode> option : recorded.properties()) {
      if (!known.contains(option.getKey())) {
        throw new CommandFailure(
            ExitCode.INVALID,
            "cannot train like %s".formatted(version.reference()),
            "its record has an option '%s', which this Graft does not know"
                .formatted(RegistryText.oneLine(option.getKey(), 60)),
            "use the Graft that trained it, or a newer one");
      }
    }
    TrainingOptions defaults = TrainingOptions.defaults();
    TrainingOptionsBuilder builder = given.toBuilder();
    for (String name : TrainingOptions.names()) {
      JsonNode value = recorded.path(name);
      boolean carried =
          given.origin(name) == Origin.DEFAULT
              && !value.isMissingNode()
              && !value.toString().equals(defaults.value(name).toString())
              && !(name.equals("maxSteps") && given.origin("epochs") != Origin.DEFAULT);
      if (carried) {
        builder.set(name, value, Origin.RECORD);
      }
    }
    return builder.build();
  }

  /** Refuses other data, another bundle or another start than the version had. */
  void requireSame(Map<String, String> inputs, boolean dataMayDiffer) {
    List<String> differences = new ArrayList<>();
    JsonNode recorded = training.path("inputs");
    TreeSet<String> names = new TreeSet<>(inputs.keySet());
    recorded.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String was = recorded.path(name).asText("absent");
      String is = inputs.getOrDefault(name, "absent");
      if (!was.equals(is) && !(dataMayDiffer && DATA.contains(name))) {
        differences.add("%s is %s, was %s".formatted(name, is, was));
      }
    }
    if (!differences.isEmpty()) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "cannot train like %s".formatted(version.reference()),
          String.join(", ", differences),
          "give it what the version was trained on; other data needs --data-changed");
    }
  }

  /** Refuses an adapter whose files are not the version's, byte by byte. */
  void requireSameBytes(Path adapter) throws IOException {
    List<String> others = new ArrayList<>();
    for (VersionFile file : files) {
      Path here = adapter.resolve(file.name());
      if (!file.name().equals("manifest.json")
          && !(Files.exists(here) && Digests.ofFile(here).equals(file.digest()))) {
        others.add(file.name());
      }
    }
    if (!others.isEmpty()) {
      throw new CommandFailure(
          ExitCode.INTEGRITY,
          "the new adapter is not that of %s".formatted(version.reference()),
          "other bytes in %s".formatted(String.join(", ", others)),
          "train on the same machine, with the same Graft, options and --threads; the run is kept");
    }
  }
}
