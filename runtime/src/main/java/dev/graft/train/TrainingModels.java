package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.Probe;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.adapter.prefix.PrefixLayer;
import dev.graft.adapter.prefix.PrefixWeights;
import dev.graft.inject.ClassificationHead;
import dev.graft.module.DecoderInfo;
import dev.graft.ort.OrtModel;
import dev.graft.ort.SessionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/** What training needs of a bundle. Close it after the models that it opened. */
interface TrainingModels extends AutoCloseable {

  /** The graphs that training runs. */
  enum Graph {
    TRAINING,
    EVAL,
    PREFIX_TRAINING,
    PREFIX_EVAL,
    OPTIMIZER
  }

  /**
   * What the base is.
   *
   * @param digest identity of the bundle's content
   * @param baseDigest identity of the base model
   * @param pooling how token vectors become one; absent for a decoder
   * @param head what classifies; absent for a decoder
   * @param decoder what the decoder is; absent for an encoder
   * @param maxLength the most tokens of one text
   * @param baseInputs the base's own inputs
   * @param slots where adapters may act
   */
  record Base(
      String digest,
      String baseDigest,
      Optional<String> tokenizerDigest,
      Optional<String> pooling,
      Optional<BaseHead> head,
      Optional<DecoderInfo> decoder,
      int hiddenSize,
      int maxLength,
      List<String> baseInputs,
      List<BaseSlot> slots) {
    public Base {
      baseInputs = List.copyOf(baseInputs);
      slots = List.copyOf(slots);
    }
  }

  /**
   * The head that every adapter of the base has one of its own of.
   *
   * @param weights what came with the base for it, {@code [out, in]}; empty where none came
   * @param labels of the weights
   */
  record BaseHead(ClassificationHead shape, Map<String, FloatTensor> weights, List<String> labels) {
    public BaseHead {
      weights = Map.copyOf(weights);
      labels = List.copyOf(labels);
    }
  }

  /** A module that may be adapted: its path and its features in and out. */
  record BaseSlot(String module, int in, int out) {}

  /**
   * An adapter's weights under the paths of the slots they fill.
   *
   * @param head the tensors of the head, {@code [out, in]} and {@code [out]}; empty without one
   * @param prefix keys and values by layer; empty for other adapter types
   */
  record Weights(
      Map<String, LoraWeights> lora, Map<String, FloatTensor> head, List<PrefixLayer> prefix) {
    public Weights {
      prefix = List.copyOf(prefix);
      lora = Collections.unmodifiableMap(new TreeMap<>(lora));
      head = Collections.unmodifiableMap(new TreeMap<>(head));
    }
  }

  Base base();

  /** The {@code tokenizer.json}. */
  Path tokenizer();

  /** The folder with the model's chat template, if it has one. */
  Optional<Path> chatTemplate();

  /**
   * Open a graph; the caller closes it.
   *
   * @param modules the slots that stay in the graph
   * @param outputs the outputs that stay; all if empty
   * @throws TrainingException if layers are to be computed again, and there are none
   */
  OrtModel open(
      Graph graph,
      Set<String> modules,
      Set<String> outputs,
      GraphOptions options,
      SessionSettings settings)
      throws IOException;

  /** Whether texts that share a row stay apart in a decoder's training graphs. */
  boolean keepsPackedTextsApart(Graph graph) throws IOException;

  /**
   * Find the slots that an adapter fills.
   *
   * @throws IllegalArgumentException if it does not belong to this base
   */
  Weights bind(Adapter adapter);

  /**
   * The keys and values that the base computes for a text.
   *
   * @param virtualTokens how many tokens to take: the text is cut, or said again until it is long
   *     enough; all of the text once where absent
   * @throws IllegalArgumentException if the base is no decoder, or the text has no tokens or too
   *     many
   */
  PrefixWeights prefixOf(String text, OptionalInt virtualTokens, SessionSettings settings)
      throws IOException;

  /** What base and adapter answer to some texts. */
  List<Probe> probes(Adapter adapter, List<String> texts, SessionSettings settings)
      throws IOException;

  @Override
  void close();
}
