package dev.graft.merge;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.export.AdapterBinding;
import dev.graft.export.Bundle;
import dev.graft.export.BundleGraph;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.files.AtomicFiles;
import dev.graft.inject.AdapterMerge;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.GenerationGraphs;
import dev.graft.inject.HalfPrecision;
import dev.graft.inject.SlotSpecialization;
import dev.graft.inject.TaskGraphs;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.io.ExternalData;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Merges an adapter into its base. */
public final class Merger {
  public static final String MODEL_FILE = "model.onnx";
  public static final String CONFIG_FILE = "config.json";
  private static final String WEIGHTS_FILE = "model.onnx.data";

  /** A protobuf message ends at 2 GiB; above this the weights go beside the model. */
  private static final long LARGEST_INLINE_BYTES = 1_900_000_000L;

  private Merger() {}

  /**
   * Writes a directory with {@code model.onnx}, its tokenizer and, for a classifier, {@code
   * config.json} with the labels; it appears only when the merged model was found to answer as the
   * adapter does.
   *
   * @throws FileAlreadyExistsException if {@code target} exists
   * @throws IncompatibleAdapterException if the adapter does not belong to the bundle
   * @throws MergeException if the merged model answers differently
   */
  public static MergeReport merge(Bundle bundle, Adapter adapter, Path target, MergeOptions options)
      throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "already exists; choose another directory or remove it first");
    }
    AdapterBinding binding = AdapterBinding.bind(bundle.manifest(), adapter);
    Model merged = mergedModel(bundle, binding, options.precision());
    return AtomicFiles.writeDirectory(
        target,
        false,
        work -> {
          write(merged, work);
          Files.copy(bundle.tokenizer(), work.resolve(Bundle.TOKENIZER_FILE));
          copySideFiles(bundle, work);
          writeConfig(binding, work);
          Path written = work.resolve(MODEL_FILE);
          Comparison found =
              bundle.manifest().decoder().isPresent()
                  ? DecoderComparison.of(bundle, binding, written, probes(adapter, options))
                  : Comparison.of(bundle, adapter, written, probes(adapter, options));
          found.require(options);
          return new MergeReport(
              target.resolve(MODEL_FILE),
              options.precision(),
              found.maxAbsDiff(),
              found.probes(),
              found.labelChanges(),
              sizeOf(work),
              Files.size(bundle.directory().resolve(Bundle.WEIGHTS_FILE)));
        });
  }

  private static Model mergedModel(
      Bundle bundle, AdapterBinding binding, MergeOptions.Precision precision) throws IOException {
    requireFoldable(binding);
    Optional<AdapterBinding.Head> head = binding.head();
    if (bundle.manifest().decoder().isPresent()) {
      Model all =
          SlotSpecialization.keepSlots(
              bundle.model(BundleGraph.INFERENCE), bundle.manifest().slotModules(), Set.of());
      Graph folded =
          AdapterMerge.fold(GenerationGraphs.everyPosition(all.graph()), updates(binding));
      return Model.of(
          precision == MergeOptions.Precision.FP16 ? HalfPrecision.convert(folded) : folded);
    }
    Model model =
        head.isPresent()
            ? plain(bundle, BundleGraph.EVAL, ClassificationHead.LOGITS)
            : plain(
                bundle, BundleGraph.INFERENCE, TaskGraphs.EMBEDDING, TaskGraphs.LAST_HIDDEN_STATE);
    Graph graph = AdapterMerge.fold(model.graph(), updates(binding));
    if (head.isPresent()) {
      graph = AdapterMerge.bindInputs(graph, head.get().inputs());
    }
    if (precision == MergeOptions.Precision.FP16) {
      graph = HalfPrecision.convert(graph);
    }
    return Model.of(graph);
  }

  private static void requireFoldable(AdapterBinding binding) {
    String type = binding.adapter().config().peftType();
    if (!type.equals(LoraConfig.PEFT_TYPE)) {
      throw new IllegalArgumentException(
          "an adapter of type %s changes no weights and cannot be merged; serve it from the bundle"
              .formatted(type));
    }
  }

  private static Map<String, AdapterMerge.Update> updates(AdapterBinding binding) {
    Map<String, AdapterMerge.Update> updates = new HashMap<>();
    binding
        .slots()
        .forEach(
            (slot, weights) ->
                updates.put(
                    slot.module(), new AdapterMerge.Update(weights, binding.scaleOf(slot))));
    return updates;
  }

  /** What other programs look for beside a decoder. */
  private static void copySideFiles(Bundle bundle, Path directory) throws IOException {
    for (String name : Bundle.SIDE_FILES) {
      Path file = bundle.directory().resolve(name);
      if (bundle.manifest().files().containsKey(name)) {
        Files.copy(file, directory.resolve(name));
      }
    }
  }

  /** A graph of the bundle without any slot. */
  private static Model plain(Bundle bundle, BundleGraph graph, String... outputs)
      throws IOException {
    Model model =
        SlotSpecialization.keepSlots(
            bundle.model(graph), bundle.manifest().slotModules(), Set.of());
    return SlotSpecialization.keepOutputs(model, Set.of(outputs));
  }

  private static void write(Model model, Path directory) throws IOException {
    Map<String, Tensor> weights = model.graph().initializers();
    long size = weights.values().stream().mapToLong(t -> t.data().sizeBytes()).sum();
    Model written = model;
    if (size > LARGEST_INLINE_BYTES) {
      written =
          model.withGraph(
              model
                  .graph()
                  .withInitializers(
                      ExternalData.write(weights, directory.resolve(WEIGHTS_FILE)).tensors()));
    }
    OnnxWriter.write(written, directory.resolve(MODEL_FILE));
  }

  /** The labels as Transformers keeps them, so that other tools find them. */
  private static void writeConfig(AdapterBinding binding, Path directory) throws IOException {
    if (binding.head().isEmpty()) {
      return;
    }
    JsonMapper json = new JsonMapper();
    ObjectNode config = json.createObjectNode();
    ObjectNode names = config.putObject("id2label");
    ObjectNode numbers = config.putObject("label2id");
    List<String> labels = binding.head().get().labels();
    for (int i = 0; i < labels.size(); i++) {
      names.put(Integer.toString(i), labels.get(i));
      numbers.put(labels.get(i), i);
    }
    config.put("graftAdapterDigest", binding.adapter().digest());
    Files.write(
        directory.resolve(CONFIG_FILE),
        json.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
  }

  private static List<String> probes(Adapter adapter, MergeOptions options) {
    Set<String> texts = new LinkedHashSet<>(options.probes());
    adapter.record().probes().stream().map(Probe::text).forEach(texts::add);
    return List.copyOf(texts);
  }

  private static long sizeOf(Path directory) throws IOException {
    long size = 0;
    for (String name : List.of(MODEL_FILE, WEIGHTS_FILE)) {
      Path file = directory.resolve(name);
      size += Files.exists(file) ? Files.size(file) : 0;
    }
    return size;
  }
}
