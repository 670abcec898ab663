package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A prefix in an {@code .onnx_adapter}: {@code prefix.<layer>.key} and {@code
 * prefix.<layer>.value}, each {@code [kv_heads, virtual, head_dim]}, as graphs take them.
 *
 * <p>The tensors say the whole configuration but the task, which is taken to be a decoder's.
 */
final class PrefixOnnx {
  private static final Pattern PART = Pattern.compile("prefix\\.(0|[1-9]\\d*)\\.(key|value)");
  private static final String START = "prefix.";

  private PrefixOnnx() {}

  static boolean isPart(String name) {
    return PART.matcher(name).matches();
  }

  private static String key(int layer) {
    return "prefix.%d.key".formatted(layer);
  }

  private static String value(int layer) {
    return "prefix.%d.value".formatted(layer);
  }

  static Map<String, FloatTensor> tensors(PrefixWeights weights) {
    Map<String, FloatTensor> tensors = new TreeMap<>();
    for (int n = 0; n < weights.layers().size(); n++) {
      tensors.put(key(n), weights.layers().get(n).key());
      tensors.put(value(n), weights.layers().get(n).value());
    }
    return tensors;
  }

  static Adapter assemble(
      SortedMap<String, FloatTensor> tensors, GraftRecord record, TensorProblems problems)
      throws AdapterFormatException {
    SortedMap<String, FloatTensor> saved = new TreeMap<>(tensors);
    List<PrefixLayer> layers = new ArrayList<>();
    while (saved.containsKey(key(layers.size())) || saved.containsKey(value(layers.size()))) {
      layers.add(layer(layers.size(), saved, problems));
    }
    for (String name : saved.keySet()) {
      if (name.startsWith(START)) {
        throw problems.atTensor(
            name,
            "unexpected after %d whole layers; expected \"%s\" and \"%s\" next"
                .formatted(layers.size(), key(layers.size()), value(layers.size())));
      }
    }
    try {
      PrefixWeights weights = new PrefixWeights(layers);
      return Adapter.of(config(weights, saved), weights, saved, record);
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(problems.tensorFile(), "", e);
    }
  }

  private static PrefixLayer layer(
      int n, SortedMap<String, FloatTensor> tensors, TensorProblems problems)
      throws AdapterFormatException {
    FloatTensor key = tensors.remove(key(n));
    FloatTensor value = tensors.remove(value(n));
    if (key == null || value == null) {
      throw problems.atTensor(
          key == null ? key(n) : value(n), "missing; each layer needs a key and a value");
    }
    try {
      return new PrefixLayer(key, value);
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(problems.tensorFile(), "/" + START + n, e);
    }
  }

  private static PrefixConfig config(PrefixWeights weights, Map<String, FloatTensor> saved) {
    PrefixConfig shape = weights.config();
    return new PrefixConfig(
        shape.virtualTokens(),
        shape.layers(),
        shape.kvHeads(),
        shape.headDim(),
        SavedModules.of(saved.keySet()),
        shape.taskType(),
        Optional.empty(),
        Optional.empty());
  }
}
