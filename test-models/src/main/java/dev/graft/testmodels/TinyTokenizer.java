package dev.graft.testmodels;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A small WordPiece tokenizer in the format of Hugging Face's {@code tokenizer.json}: the usual
 * special tokens, every ASCII letter, digit and sign, and some hundred whole words.
 */
final class TinyTokenizer {
  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
  private static final String SIGNS = "!\"#$%&'()*+,-./:;<=>?@[]_`{|}~";

  private TinyTokenizer() {}

  /** Tokens in the order of their ids. */
  static List<String> vocabulary() {
    Set<String> tokens = new LinkedHashSet<>(SPECIAL);
    for (char c = '0'; c <= 'z'; c = c == '9' ? 'a' : (char) (c + 1)) {
      tokens.add(String.valueOf(c));
      tokens.add("##" + c);
    }
    SIGNS.chars().forEach(c -> tokens.add(String.valueOf((char) c)));
    tokens.addAll(List.of("##s", "##ed", "##ing", "##er", "##ly", "##tion"));
    tokens.addAll(words());
    return new ArrayList<>(tokens);
  }

  private static List<String> words() {
    try (InputStream in = TinyTokenizer.class.getResourceAsStream("tiny-vocabulary.txt")) {
      if (in == null) {
        throw new IllegalStateException("tiny-vocabulary.txt is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The content of {@code tokenizer.json}. */
  static String json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    SpecialTokens.addTo(root, SPECIAL);
    root.putObject("normalizer")
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", true)
        .putNull("strip_accents")
        .put("lowercase", true);
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    addTemplate(root.putObject("post_processor"));
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model = root.putObject("model");
    model
        .put("type", "WordPiece")
        .put("unk_token", "[UNK]")
        .put("continuing_subword_prefix", "##")
        .put("max_input_chars_per_word", 100);
    ObjectNode ids = model.putObject("vocab");
    vocabulary().forEach(token -> ids.put(token, ids.size()));
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One text is {@code [CLS] A [SEP]}, a pair {@code [CLS] A [SEP] B [SEP]}. */
  private static void addTemplate(ObjectNode template) {
    template.put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    special(single, "[CLS]", 0);
    sequence(single, "A", 0);
    special(single, "[SEP]", 0);
    ArrayNode pair = template.putArray("pair");
    special(pair, "[CLS]", 0);
    sequence(pair, "A", 0);
    special(pair, "[SEP]", 0);
    sequence(pair, "B", 1);
    special(pair, "[SEP]", 1);
    ObjectNode tokens = template.putObject("special_tokens");
    for (String token : List.of("[CLS]", "[SEP]")) {
      ObjectNode entry = tokens.putObject(token).put("id", token);
      entry.putArray("ids").add(SPECIAL.indexOf(token));
      entry.putArray("tokens").add(token);
    }
  }

  private static void special(ArrayNode list, String token, int type) {
    list.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
  }

  private static void sequence(ArrayNode list, String id, int type) {
    list.addObject().putObject("Sequence").put("id", id).put("type_id", type);
  }
}
