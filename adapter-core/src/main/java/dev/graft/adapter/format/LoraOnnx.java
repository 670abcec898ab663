package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * LoRA in an {@code .onnx_adapter}: {@code <module>.lora_A.weight [in, r]} and {@code
 * <module>.lora_B.weight [r, out]}, PEFT's factors transposed, with the scale multiplied into B.
 *
 * <p>So an adapter reads back with {@code alpha = r}, with a {@code rank_pattern} where ranks
 * differ, and with the modules themselves as targets. {@code fan_in_fan_out} cannot be said and is
 * refused when writing.
 */
final class LoraOnnx {
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  private LoraOnnx() {}

  static boolean isFactor(String name) {
    return name.endsWith(A) || name.endsWith(B);
  }

  static Adapter assemble(
      SortedMap<String, FloatTensor> tensors, GraftRecord record, TensorProblems problems)
      throws AdapterFormatException {
    SortedMap<String, LoraWeights> lora = new TreeMap<>();
    SortedMap<String, FloatTensor> saved = new TreeMap<>();
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      String name = entry.getKey();
      if (isFactor(name)) {
        String module = name.substring(0, name.length() - A.length());
        if (!lora.containsKey(module)) {
          lora.put(module, pair(module, tensors, problems));
        }
      } else if (name.matches(".*\\.(lora|dora|hada)_.*")) {
        throw problems.atTensor(
            name,
            "unexpected adapter tensor; expected names ending in \"%s\" or \"%s\"".formatted(A, B));
      } else {
        saved.put(name, entry.getValue());
      }
    }
    try {
      return Adapter.of(config(lora, saved), LoraModules.of(lora), saved, record);
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(problems.tensorFile(), "", e);
    }
  }

  private static LoraWeights pair(
      String module, Map<String, FloatTensor> tensors, TensorProblems problems)
      throws AdapterFormatException {
    FloatTensor a = matrix(module + A, tensors, problems);
    FloatTensor b = matrix(module + B, tensors, problems);
    try {
      return new LoraWeights(a.transposed(), b.transposed());
    } catch (IllegalArgumentException e) {
      throw new AdapterFormatException(
          problems.tensorFile(), "/" + module, "after transposing: " + e.getMessage(), e);
    }
  }

  private static FloatTensor matrix(
      String name, Map<String, FloatTensor> tensors, TensorProblems problems)
      throws AdapterFormatException {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw problems.atTensor(name, "missing; each module needs lora_A and lora_B");
    }
    if (tensor.shape().size() != 2) {
      throw problems.atTensor(name, "expected a matrix, found shape " + tensor.shape());
    }
    return tensor;
  }

  /** Ranks as found, scale 1. */
  private static LoraConfig config(
      SortedMap<String, LoraWeights> lora, SortedMap<String, FloatTensor> saved) {
    return LoraConfig.builder()
        .ranksOf(lora)
        .targets(new TargetModules.Suffixes(List.copyOf(lora.keySet())))
        .modulesToSave(SavedModules.of(saved.keySet()))
        .build();
  }

  static SortedMap<String, FloatTensor> tensors(Adapter adapter, LoraConfig config) {
    if (config.fanInFanOut()) {
      throw new IllegalArgumentException(
          "fan_in_fan_out has no place in an .onnx_adapter file; write the peft format");
    }
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(adapter.saved());
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              tensors.put(module + A, weights.a().transposed());
              tensors.put(module + B, weights.b().transposed().scaled(config.scaleOf(module)));
            });
    tensors.forEach(
        (name, tensor) -> {
          if (!tensor.isFinite()) {
            throw new IllegalArgumentException(
                ("tensor \"%s\" overflows when the scale is multiplied into it; "
                        + "write the peft format")
                    .formatted(name));
          }
        });
    return tensors;
  }
}
