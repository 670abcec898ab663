package dev.graft.testmodels;

import dev.graft.onnx.Model;
import dev.graft.onnx.io.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * BERT-like encoders of two layers and 32 hidden units, for tests that need a real graph in
 * milliseconds. Inputs {@code input_ids}, {@code attention_mask}, {@code token_type_ids}, each
 * int64 [B, T] with T at most 64; outputs {@code last_hidden_state} float [B, T, 32] and {@code
 * pooler_output} float [B, 32]. The same style and seed give the same bytes everywhere.
 */
public final class TinyEncoders {
  /** File name of the model that {@link #write} makes. */
  public static final String MODEL = "model.onnx";

  /** File name of the tokenizer that {@link #write} makes. */
  public static final String TOKENIZER = "tokenizer.json";

  /** How the graph is spelled. */
  public enum Style {
    /** As PyTorch's TorchScript exporter does, opset 11: decomposed, weights without names. */
    TORCHSCRIPT,
    /** As PyTorch's newer exporter does, opset 18: whole normalisations, weights transposed. */
    DYNAMO
  }

  private TinyEncoders() {}

  /** Make the model in memory. */
  public static Model model(Style style, long seed) {
    int vocabulary = TinyTokenizer.vocabulary().size();
    return switch (style) {
      case TORCHSCRIPT -> new TorchScriptWriter(seed, vocabulary).build();
      case DYNAMO -> new DynamoWriter(seed, vocabulary).build();
    };
  }

  /** The content of the {@code tokenizer.json} that belongs to every one of these models. */
  public static String tokenizerJson() {
    return TinyTokenizer.json();
  }

  /**
   * Write model and tokenizer into a folder, which is made if it is missing.
   *
   * @return the model's path; the tokenizer lies beside it
   */
  public static Path write(Path folder, Style style, long seed) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(TOKENIZER), tokenizerJson());
    Path model = folder.resolve(MODEL);
    OnnxWriter.write(model(style, seed), model);
    return model;
  }
}
