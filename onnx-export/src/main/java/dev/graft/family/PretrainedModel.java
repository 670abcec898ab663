package dev.graft.family;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.module.DecoderInfo;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.shape.ShapeInference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * A model made of a Hugging Face checkpoint directory.
 *
 * <p>Its weights are still in the checkpoint's files, which must stay where they are until the
 * model has been written; they are read, and widened to floats, tensor by tensor.
 */
public final class PretrainedModel {
  /** What a model computes. */
  public enum Kind {
    /** The next token's logits, from the tokens before it; past keys and values go in and out. */
    DECODER,
    /** A hidden state per token, and a pooled one where the checkpoint has a pooler. */
    ENCODER
  }

  private final Checkpoint checkpoint;
  private final ModelFamily family;
  private final ModelSizes sizes;
  private final SpecialTokens tokens;
  private final Model model;
  private final SortedMap<String, Tensor> heads;

  private PretrainedModel(
      Checkpoint checkpoint,
      ModelFamily family,
      ModelSizes sizes,
      SpecialTokens tokens,
      Model model,
      SortedMap<String, Tensor> heads) {
    this.checkpoint = checkpoint;
    this.family = family;
    this.sizes = sizes;
    this.tokens = tokens;
    this.model = model;
    this.heads = heads;
  }

  /**
   * Reads a directory with {@code config.json} and weights as safetensors. No weight is read yet.
   *
   * @throws CheckpointException if the family is not known, a field of the configuration is not
   *     supported, or files or tensors are missing, unknown, or of other shapes than the
   *     configuration says
   */
  public static PretrainedModel read(Path checkpointDirectory) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(checkpointDirectory);
    ModelConfig config = new ModelConfig(checkpoint.config());
    ModelFamily family = ModelFamilies.of(config);
    Architecture architecture = family.architecture(config);
    ModelSizes sizes = architecture.sizes();
    requireTokenizerFits(checkpoint, sizes.vocabulary());
    GraphBuilder graph = new GraphBuilder(family.modelType());
    Weights weights = new Weights(checkpoint, family.names(), graph);
    requireLayers(config, sizes.layers(), weights.layers());
    architecture.build(new Blocks(graph, weights));
    weights.requireComplete();
    Graph typed = ShapeInference.infer(graph.build());
    return new PretrainedModel(
        checkpoint,
        family,
        sizes,
        SpecialTokens.read(checkpoint, sizes.vocabulary()),
        Model.of(typed),
        weights.heads());
  }

  private static void requireTokenizerFits(Checkpoint checkpoint, long vocabulary)
      throws IOException {
    OptionalLong largest = checkpoint.largestTokenId();
    if (largest.isPresent() && largest.getAsLong() >= vocabulary) {
      throw new CheckpointException(
          checkpoint.directory(),
          "%s has token %d, and the model's vocabulary has %d tokens; the tokenizer is of another model"
              .formatted(Checkpoint.TOKENIZER, largest.getAsLong(), vocabulary));
    }
  }

  private static void requireLayers(ModelConfig config, int wanted, int found)
      throws CheckpointException {
    if (wanted != found) {
      throw new CheckpointException(
          config.fields().path(),
          "asks for %d layers, and the tensors are of %d; the two are not of one model"
              .formatted(wanted, found));
    }
  }

  /** The checkpoint it was made of. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Its {@code model_type}. */
  public String family() {
    return family.modelType();
  }

  public Kind kind() {
    return family.kind();
  }

  /**
   * The model in {@link Model#OPSET}, typed.
   *
   * <p>A decoder takes {@code input_ids}, {@code attention_mask}, {@code position_ids} and {@code
   * past_key_values.N.key/value} and gives {@code logits} and {@code present.N.key/value}; an
   * encoder takes {@code input_ids}, {@code attention_mask} and maybe {@code token_type_ids} and
   * gives {@code last_hidden_state} and maybe {@code pooler_output}. Initializers have the
   * checkpoint's names; an encoder's are without the prefix of a checkpoint with a head.
   */
  public Model model() {
    return model;
  }

  /** The features of a hidden state. */
  public int hiddenSize() {
    return sizes.hidden();
  }

  /** The longest sequence that the model has positions for. */
  public int maxPositions() {
    return sizes.positions();
  }

  /**
   * What a decoder is.
   *
   * @throws IllegalStateException if this is an encoder
   */
  public DecoderInfo decoder() {
    if (kind() != Kind.DECODER) {
      throw new IllegalStateException("'%s' is no decoder".formatted(family()));
    }
    return new DecoderInfo(
        family(),
        sizes.layers(),
        sizes.heads().kvHeads(),
        sizes.heads().headDim(),
        sizes.vocabulary(),
        sizes.positions(),
        tokens.ends(),
        tokens.begin(),
        tokens.fill());
  }

  /**
   * The weights of a head that the checkpoint has on top of its encoder, such as {@code
   * classifier.weight}, by their names; they are no part of the graph. Empty for a decoder.
   */
  public Map<String, Tensor> heads() {
    return heads;
  }

  /** Whether the checkpoint says that it is a {@code …ForSequenceClassification}. */
  public boolean isSequenceClassifier() throws IOException {
    return family.head().isPresent()
        && SequenceHeadReader.isSequenceClassifier(checkpoint.config());
  }

  /**
   * The head that the family has for sequence classification, with the checkpoint's weights if it
   * is a {@code …ForSequenceClassification}.
   *
   * @throws IllegalArgumentException if the family has none
   * @throws CheckpointException if the checkpoint lacks a part of it, or has one of another shape
   */
  public SequenceHead sequenceHead() throws IOException {
    FamilyHead shape =
        family
            .head()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "family '%s' has no head for sequence classification".formatted(family())));
    return new SequenceHeadReader(checkpoint, family(), shape, hiddenSize(), heads)
        .read(model.graph().output(EncoderModel.POOLED).isPresent());
  }
}
