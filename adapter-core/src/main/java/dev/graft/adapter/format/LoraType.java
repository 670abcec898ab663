package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * LoRA of linear modules: {@code <module>.lora_A.weight [r, in]}, {@code <module>.lora_B.weight
 * [out, r]}, and the parameters of {@code modules_to_save} under their own names.
 */
final class LoraType implements AdapterType {
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  /** Tensors of features that are refused, by a part of their names. */
  private static final Map<String, String> UNSUPPORTED =
      Map.of(
          ".lora_embedding_", "LoRA of an embedding",
          ".lora_magnitude_vector", "DoRA",
          ".lora_B.bias", "a bias in lora_B",
          ".token_adapter.", "trainable tokens",
          ".base_layer.", "a trained base parameter");

  @Override
  public String peftType() {
    return LoraConfig.PEFT_TYPE;
  }

  @Override
  public LoraConfig readConfig(JsonFields fields, List<String> warnings)
      throws AdapterFormatException {
    return LoraConfigJson.read(fields, warnings);
  }

  @Override
  public void writeConfig(Adapter adapter, ObjectNode json) {
    LoraConfigJson.write(adapter, asLora(adapter.config()), json);
  }

  private static LoraConfig asLora(AdapterConfig config) {
    if (config instanceof LoraConfig lora) {
      return lora;
    }
    throw new IllegalArgumentException("not a LoRA configuration: " + config);
  }

  @Override
  public Adapter assemble(
      AdapterConfig adapterConfig,
      SortedMap<String, FloatTensor> tensors,
      GraftRecord record,
      TensorProblems problems)
      throws AdapterFormatException {
    LoraConfig config = asLora(adapterConfig);
    Set<String> modules = new TreeSet<>();
    SortedMap<String, FloatTensor> saved = new TreeMap<>();
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      String name = entry.getKey();
      if (name.endsWith(A) || name.endsWith(B)) {
        modules.add(name.substring(0, name.length() - A.length()));
      } else {
        requireSaved(name, config, problems);
        saved.put(name, entry.getValue());
      }
    }
    SortedMap<String, LoraWeights> lora = new TreeMap<>();
    for (String module : modules) {
      lora.put(module, pair(module, config, tensors, problems));
    }
    try {
      return Adapter.of(
          withTargets(config, lora.keySet(), problems), LoraModules.of(lora), saved, record);
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(problems.tensorFile(), "", e);
    }
  }

  private static LoraWeights pair(
      String module, LoraConfig config, Map<String, FloatTensor> tensors, TensorProblems problems)
      throws AdapterFormatException {
    FloatTensor a = required(module + A, module + B, tensors, problems);
    FloatTensor b = required(module + B, module + A, tensors, problems);
    LoraWeights weights;
    try {
      weights = new LoraWeights(a, b);
    } catch (IllegalArgumentException e) {
      throw new AdapterFormatException(
          problems.tensorFile(), "/" + module, linearOnly(a, b, e.getMessage()), e);
    }
    int expected;
    try {
      expected = config.rankOf(module);
    } catch (IllegalArgumentException e) {
      // A rank_pattern that never stops backtracking.
      throw AdapterFormatException.because(problems.tensorFile(), "/" + module, e);
    }
    if (weights.rank() != expected) {
      throw problems.atTensor(
          module + A,
          "shape %s has rank %d, but %s (r, rank_pattern) says %d"
              .formatted(a.shape(), weights.rank(), PeftFormat.CONFIG_FILE, expected));
    }
    return weights;
  }

  private static String linearOnly(FloatTensor a, FloatTensor b, @Nullable String problem) {
    return a.shape().size() == 4 && b.shape().size() == 4
        ? "LoRA of a convolution (A %s, B %s) is not supported".formatted(a.shape(), b.shape())
        : String.valueOf(problem);
  }

  private static FloatTensor required(
      String name, String partner, Map<String, FloatTensor> tensors, TensorProblems problems)
      throws AdapterFormatException {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw problems.atTensor(
          name, "missing, although \"%s\" is there; each module needs both".formatted(partner));
    }
    return tensor;
  }

  private static void requireSaved(String name, LoraConfig config, TensorProblems problems)
      throws AdapterFormatException {
    for (Map.Entry<String, String> unsupported : UNSUPPORTED.entrySet()) {
      if (name.contains(unsupported.getKey())) {
        throw problems.atTensor(name, unsupported.getValue() + " is not supported");
      }
    }
    if (name.contains(".lora_A.") || name.contains(".lora_B.")) {
      throw problems.atTensor(
          name,
          "unexpected LoRA tensor; expected names ending in \"%s\" or \"%s\"".formatted(A, B));
    }
    SavedModules.requireKnown(name, config, "a LoRA factor", problems);
  }

  /**
   * PEFT fills in {@code target_modules} from a table of model types; here the tensors themselves
   * tell.
   */
  private static LoraConfig withTargets(
      LoraConfig config, Set<String> modules, TensorProblems problems) {
    if (!config.targets().equals(TargetModules.none()) || modules.isEmpty()) {
      return config;
    }
    problems.warn("target_modules is not given; took the modules that have tensors");
    return config.toBuilder().targets(new TargetModules.Suffixes(List.copyOf(modules))).build();
  }

  @Override
  public SortedMap<String, FloatTensor> tensors(Adapter adapter) {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(adapter.saved());
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              tensors.put(module + A, weights.a());
              tensors.put(module + B, weights.b());
            });
    return tensors;
  }

  @Override
  public boolean isOnnxName(String name) {
    return LoraOnnx.isFactor(name);
  }

  @Override
  public Adapter assembleOnnx(
      SortedMap<String, FloatTensor> tensors, GraftRecord record, TensorProblems problems)
      throws AdapterFormatException {
    return LoraOnnx.assemble(tensors, record, problems);
  }

  @Override
  public SortedMap<String, FloatTensor> onnxTensors(Adapter adapter) {
    return LoraOnnx.tensors(adapter, asLora(adapter.config()));
  }
}
