package dev.graft.testmodels;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The smallest tokenizer that writes any text and reads it back: three special tokens, and a token
 * per byte of UTF-8, in the format of Hugging Face's {@code tokenizer.json} for byte-level BPE.
 */
final class ByteTokenizer {
  static final List<String> SPECIAL = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  private static final int BYTES = 256;

  private ByteTokenizer() {}

  static int size() {
    return SPECIAL.size() + BYTES;
  }

  /** The content of {@code tokenizer.json}. */
  static String json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < SPECIAL.size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", SPECIAL.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer")).put("use_regex", false);
    root.putNull("post_processor");
    byteLevel(root.putObject("decoder")).put("use_regex", false);
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode ids = model.putObject("vocab");
    SPECIAL.forEach(token -> ids.put(token, ids.size()));
    int next = BYTES;
    for (int value = 0; value < BYTES; value++) {
      ids.put(String.valueOf((char) (hasOwnLetter(value) ? value : next++)), ids.size());
    }
    model.putArray("merges");
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode byteLevel(ObjectNode node) {
    return node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", false);
  }

  /** Byte-level BPE writes a byte as its Latin-1 letter if that one is visible. */
  private static boolean hasOwnLetter(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xa1 && value <= 0xac)
        || (value >= 0xae && value <= 0xff);
  }
}
