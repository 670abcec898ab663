package dev.graft.testmodels;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A small byte-level BPE tokenizer as decoders have it: every byte is a token, some words are
 * merged, and characters outside of ASCII take several tokens. With it comes a chat template of the
 * ChatML kind.
 */
public final class TinyByteTokenizer {
  /** Special tokens in the order of their ids. */
  public static final List<String> SPECIAL = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  public static final String CHAT_TEMPLATE =
      "{% for message in messages %}"
          + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
          + "{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private static final List<String> WORDS =
      List.of(
          "the",
          "and",
          "is",
          "of",
          "in",
          "to",
          "you",
          "name",
          "area",
          "city",
          "food",
          "user",
          "assistant",
          "system",
          " the",
          " and",
          " is",
          " of",
          " in",
          " a",
          " to",
          " you",
          " are",
          " place",
          " river",
          " restaurant",
          "ing",
          "ed",
          "er",
          "\n\n");

  private TinyByteTokenizer() {}

  /** Write {@code tokenizer.json} and {@code tokenizer_config.json} into a folder. */
  public static Path writeTo(Path folder) throws IOException {
    return write(folder, false);
  }

  /** The same, but {@code <|endoftext|>} is put before every text. */
  public static Path writeWithStartTo(Path folder) throws IOException {
    return write(folder, true);
  }

  /** One more than the largest token id. */
  public static int vocabularySize() {
    return vocabulary(WORDS).size();
  }

  /** The number of tokens without any merged words: the special ones and the bytes. */
  static int bytesOnlySize() {
    return vocabulary(List.of()).size();
  }

  /** The content of a {@code tokenizer.json} without any merged words, for checkpoints. */
  static String bytesOnly() throws IOException {
    return new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValueAsString(tokenizer(List.of(), false));
  }

  private static Path write(Path folder, boolean start) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Files.createDirectories(folder);
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config
        .put("bos_token", start ? SPECIAL.get(0) : SPECIAL.get(1))
        .put("eos_token", SPECIAL.get(2))
        .put("pad_token", SPECIAL.get(0))
        .put("clean_up_tokenization_spaces", false)
        .put("chat_template", CHAT_TEMPLATE);
    Files.writeString(folder.resolve("tokenizer_config.json"), json.writeValueAsString(config));
    return Files.writeString(
        folder.resolve("tokenizer.json"), json.writeValueAsString(tokenizer(WORDS, start)));
  }

  private static ObjectNode tokenizer(List<String> words, boolean start) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    SpecialTokens.addTo(root, SPECIAL);
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer"));
    if (start) {
      addStart(root.putObject("post_processor"));
    } else {
      root.putNull("post_processor");
    }
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    ObjectNode ids = model.putObject("vocab");
    vocabulary(words).forEach(token -> ids.put(token, ids.size()));
    ArrayNode merges = model.putArray("merges");
    merges(words).forEach(merge -> merges.addArray().add(merge.get(0)).add(merge.get(1)));
    return root;
  }

  private static void byteLevel(ObjectNode part) {
    part.put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", true);
  }

  private static void addStart(ObjectNode template) {
    String token = SPECIAL.get(0);
    template.put("type", "TemplateProcessing");
    for (String kind : List.of("single", "pair")) {
      ArrayNode list = template.putArray(kind);
      list.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
      list.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
      if (kind.equals("pair")) {
        list.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
      }
    }
    ObjectNode entry = template.putObject("special_tokens").putObject(token).put("id", token);
    entry.putArray("ids").add(0);
    entry.putArray("tokens").add(token);
  }

  private static List<String> vocabulary(List<String> words) {
    Set<String> tokens = new LinkedHashSet<>(SPECIAL);
    for (int b = 0; b < 256; b++) {
      tokens.add(sign(b));
    }
    merges(words).forEach(merge -> tokens.add(merge.get(0) + merge.get(1)));
    return new ArrayList<>(tokens);
  }

  /** A word is put together from its left; words share beginnings. */
  private static List<List<String>> merges(List<String> words) {
    Set<List<String>> merges = new LinkedHashSet<>();
    for (String word : words) {
      String left = sign(word.charAt(0));
      for (int i = 1; i < word.length(); i++) {
        String right = sign(word.charAt(i));
        merges.add(List.of(left, right));
        left += right;
      }
    }
    return new ArrayList<>(merges);
  }

  /** GPT-2's visible stand-in for a byte: itself where Latin-1 prints it, else one from U+0100. */
  private static String sign(int b) {
    int sign = 256;
    for (int other = 0; other <= b; other++) {
      boolean prints =
          (other >= '!' && other <= '~') || (other >= 0xA1 && other <= 0xAC) || other >= 0xAE;
      if (other == b) {
        return String.valueOf((char) (prints ? b : sign));
      }
      sign += prints ? 0 : 1;
    }
    throw new IllegalArgumentException("%d is not a byte".formatted(b));
  }
}
