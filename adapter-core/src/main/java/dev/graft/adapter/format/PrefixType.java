package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.prefix.PrefixConfig;
import dev.graft.adapter.prefix.PrefixWeights;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Prefix tuning: {@code prompt_embeddings}, see {@link PrefixEmbeddings}, and the parameters of
 * {@code modules_to_save} under their own names.
 *
 * <p>PEFT computes a {@code prefix_projection} when it saves and writes what came out, so a file
 * made with one reads like any other and is written without one.
 */
final class PrefixType implements AdapterType {
  private static final String EMBEDDINGS = "prompt_embeddings";

  /** Parameters of the encoder that PEFT trains and never saves, by the start of their names. */
  private static final List<String> ENCODER =
      List.of("embedding.", "transform.", "prefix_encoder.", "prompt_encoder.");

  @Override
  public String peftType() {
    return PrefixConfig.PEFT_TYPE;
  }

  @Override
  public PrefixConfig readConfig(JsonFields fields, List<String> warnings)
      throws AdapterFormatException {
    return PrefixConfigJson.read(fields, warnings);
  }

  @Override
  public void writeConfig(Adapter adapter, ObjectNode json) {
    PrefixConfigJson.write(asPrefix(adapter.config()), json);
  }

  private static PrefixConfig asPrefix(AdapterConfig config) {
    if (config instanceof PrefixConfig prefix) {
      return prefix;
    }
    throw new IllegalArgumentException("not the configuration of a prefix: " + config);
  }

  /** PEFT wraps the base once here, and twice where it replaces modules. */
  @Override
  public String modulePrefix() {
    return "base_model.";
  }

  @Override
  public Set<String> ownNames() {
    return Set.of(EMBEDDINGS);
  }

  @Override
  public Adapter assemble(
      AdapterConfig adapterConfig,
      SortedMap<String, FloatTensor> tensors,
      GraftRecord record,
      TensorProblems problems)
      throws AdapterFormatException {
    PrefixConfig config = asPrefix(adapterConfig);
    SortedMap<String, FloatTensor> saved = new TreeMap<>(tensors);
    FloatTensor embeddings = saved.remove(EMBEDDINGS);
    for (String name : saved.keySet()) {
      refuseEncoder(name, problems);
      SavedModules.requireKnown(name, config, '"' + EMBEDDINGS + '"', problems);
    }
    if (embeddings == null) {
      throw problems.atTensor(
          EMBEDDINGS,
          "missing%s; a prefix is this one tensor"
              .formatted(tensors.isEmpty() ? ", the adapter is empty" : ""));
    }
    if (!embeddings.shape().equals(PrefixEmbeddings.shape(config))) {
      throw problems.atTensor(
          EMBEDDINGS,
          ("shape %s, but %s says %s: num_virtual_tokens %d, and num_layers %d times keys and "
                  + "values of token_dim %d")
              .formatted(
                  embeddings.shape(),
                  PeftFormat.CONFIG_FILE,
                  PrefixEmbeddings.shape(config),
                  config.virtualTokens(),
                  config.layers(),
                  config.tokenDim()));
    }
    return Adapter.of(config, PrefixEmbeddings.split(embeddings, config), saved, record);
  }

  private static void refuseEncoder(String name, TensorProblems problems)
      throws AdapterFormatException {
    for (String start : ENCODER) {
      if (name.startsWith(start)) {
        throw problems.atTensor(
            name,
            ("a parameter of the encoder that computes a prefix in training; expected what it "
                    + "computed, \"%s\"; save the adapter with PEFT's save_pretrained")
                .formatted(EMBEDDINGS));
      }
    }
  }

  @Override
  public SortedMap<String, FloatTensor> tensors(Adapter adapter) {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(adapter.saved());
    tensors.put(EMBEDDINGS, PrefixEmbeddings.join(asPrefix(adapter), asPrefix(adapter.config())));
    return tensors;
  }

  private static PrefixWeights asPrefix(Adapter adapter) {
    if (adapter.weights() instanceof PrefixWeights weights) {
      return weights;
    }
    throw new IllegalArgumentException("not a prefix: " + adapter);
  }

  @Override
  public boolean isOnnxName(String name) {
    return PrefixOnnx.isPart(name);
  }

  @Override
  public Adapter assembleOnnx(
      SortedMap<String, FloatTensor> tensors, GraftRecord record, TensorProblems problems)
      throws AdapterFormatException {
    return PrefixOnnx.assemble(tensors, record, problems);
  }

  @Override
  public SortedMap<String, FloatTensor> onnxTensors(Adapter adapter) {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(adapter.saved());
    Map<String, FloatTensor> parts = PrefixOnnx.tensors(asPrefix(adapter));
    tensors.putAll(parts);
    return tensors;
  }
}
