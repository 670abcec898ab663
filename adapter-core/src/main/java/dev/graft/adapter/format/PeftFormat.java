package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.files.AtomicFiles;
import dev.graft.files.Presence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Hugging Face PEFT's directory: {@code adapter_config.json}, {@code adapter_model.safetensors},
 * and Graft's own {@code graft.json}, which PEFT does not look at. Follows PEFT 0.19.1; see {@code
 * docs/formats/peft.md}.
 *
 * <p>Tensor names carry {@code base_model.model.} (LoRA) or {@code base_model.} (prefixes) in the
 * file and not in an {@link Adapter}. Whatever comes after it stays, such as the {@code bert.} of a
 * task model's path.
 */
public final class PeftFormat implements AdapterFormat {
  /** The configuration. */
  public static final String CONFIG_FILE = "adapter_config.json";

  /** The tensors. */
  public static final String TENSOR_FILE = "adapter_model.safetensors";

  /** The PEFT version whose files we follow. */
  static final String PEFT_VERSION = "0.19.1";

  private static final String PICKLE_FILE = "adapter_model.bin";

  @Override
  public String name() {
    return "peft";
  }

  @Override
  public boolean detect(Path path) {
    return Files.isDirectory(path)
        && (Files.exists(path.resolve(CONFIG_FILE))
            || Files.exists(path.resolve(TENSOR_FILE))
            || Files.exists(path.resolve(PICKLE_FILE)));
  }

  @Override
  public LoadedAdapter load(Path directory, ReadOptions options) throws IOException {
    List<String> warnings = new ArrayList<>();
    Path configFile = directory.resolve(CONFIG_FILE);
    JsonFields fields = new JsonFields(configFile, "", Json.read(configFile));
    AdapterType type = typeOf(fields);
    AdapterConfig config = type.readConfig(fields, warnings);
    Path tensorFile = tensorFile(directory);
    SortedMap<String, FloatTensor> tensors = readTensors(tensorFile, type, warnings);
    AdapterChecks.requireFinite(tensorFile, tensors);
    Path recordFile = directory.resolve(GraftJson.FILE);
    GraftRecord record = Presence.of(recordFile) ? GraftJson.read(recordFile) : GraftRecord.empty();
    Adapter adapter =
        type.assemble(config, tensors, record, new TensorProblems(tensorFile, warnings));
    AdapterChecks.onRead(directory, adapter, options, warnings);
    return new LoadedAdapter(adapter, warnings);
  }

  private static AdapterType typeOf(JsonFields fields) throws AdapterFormatException {
    String name =
        fields
            .text("peft_type")
            .orElseThrow(
                () -> fields.bad("peft_type", "missing; expected one of " + AdapterTypes.names()));
    return AdapterTypes.named(name)
        .orElseThrow(
            () ->
                fields.bad(
                    "peft_type",
                    "\"%s\" is not supported, expected one of %s"
                        .formatted(name, AdapterTypes.names())));
  }

  private static Path tensorFile(Path directory) throws IOException {
    Path file = directory.resolve(TENSOR_FILE);
    if (Presence.of(file)) {
      return file;
    }
    if (Presence.of(directory.resolve(PICKLE_FILE))) {
      throw new AdapterFormatException(
          directory.resolve(PICKLE_FILE),
          "",
          ("a pickle file can run code when it is read and is refused; save the adapter "
              + "again with safe_serialization=True"));
    }
    throw new AdapterFormatException(directory, "", "there is no " + TENSOR_FILE);
  }

  private static SortedMap<String, FloatTensor> readTensors(
      Path file, AdapterType type, List<String> warnings) throws IOException {
    String prefix = type.modulePrefix();
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    try (Safetensors safetensors = Safetensors.open(file)) {
      for (String name : safetensors.entries().keySet()) {
        boolean prefixed = name.startsWith(prefix);
        if (!prefixed
            && !type.ownNames().contains(name)
            && warnings.stream().noneMatch(warning -> warning.contains(prefix))) {
          warnings.add(
              ("tensor \"%s\" does not begin with \"%s\"; taken as it stands, but PEFT would "
                      + "not find it")
                  .formatted(name, prefix));
        }
        String path = prefixed ? name.substring(prefix.length()) : name;
        if (tensors.put(path, safetensors.floats(name)) != null) {
          throw new AdapterFormatException(
              file, "/" + name, "given twice, with and without \"%s\"".formatted(prefix));
        }
      }
    }
    return tensors;
  }

  /**
   * Write the directory: the configuration as PEFT writes it, the tensors, and {@code graft.json}
   * unless the record says nothing.
   */
  @Override
  public void write(Adapter adapter, Path directory, WriteOptions options) throws IOException {
    AdapterChecks.onWrite(adapter);
    AdapterType type = AdapterTypes.of(adapter);
    ObjectNode config = Json.newObject();
    type.writeConfig(adapter, config);
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    type.tensors(adapter)
        .forEach(
            (name, tensor) -> {
              boolean own = type.ownNames().contains(name);
              tensors.put(own ? name : type.modulePrefix() + name, tensor);
            });
    AtomicFiles.writeDirectory(
        directory,
        options.replace(),
        temporary -> {
          Json.write(temporary.resolve(CONFIG_FILE), config);
          SafetensorsWriter.write(
              temporary.resolve(TENSOR_FILE), tensors, Map.of("format", "pt"), options.dtype());
          if (!adapter.record().isEmpty()) {
            GraftJson.write(adapter.record(), temporary.resolve(GraftJson.FILE));
          }
          return directory;
        });
  }
}
