package dev.graft.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a {@code tokenizer.json} and the {@code tokenizer_config.json} beside it say, read before
 * native code sees them.
 *
 * @param json the tokenizer without its own truncation and padding
 * @param digest lower-case hexadecimal SHA-256 of the file's bytes
 * @param vocabularySize one more than the largest token id
 * @param roles the special tokens that the configuration names, by role
 * @param specialIds the added tokens marked as special
 */
record TokenizerFile(
    String json,
    String digest,
    int vocabularySize,
    int padId,
    OptionalInt modelMaxLength,
    Map<String, SpecialToken> roles,
    Set<Integer> specialIds) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  /** Transformers writes 1e30 for "no limit"; no model takes a million tokens. */
  private static final double NO_LIMIT = 1e6;

  static TokenizerFile read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ObjectNode root = parse(file, bytes);
    if (!(root.get("model") instanceof ObjectNode model)) {
      throw new TokenizerException(
          "\"%s\" has no object \"model\", expected the tokenizer.json of a fast tokenizer; a vocab.txt or tokenizer_config.json is not enough"
              .formatted(file));
    }
    JsonNode config = beside(file, "tokenizer_config.json");
    Map<String, Integer> tokens = tokens(root, model);
    if (tokens.isEmpty()) {
      throw new TokenizerException(
          "\"%s\" has an empty vocabulary at /model/vocab".formatted(file));
    }
    int size = tokens.values().stream().mapToInt(Integer::intValue).max().orElseThrow() + 1;
    int padId = padId(root, config, tokens);
    root.putNull("truncation");
    root.putNull("padding");
    return new TokenizerFile(
        JSON.writeValueAsString(root),
        sha256(bytes),
        size,
        padId,
        maxLength(config),
        roles(config, beside(file, "special_tokens_map.json"), tokens),
        specialIds(root));
  }

  private static ObjectNode parse(Path file, byte[] bytes) throws TokenizerException {
    try {
      JsonNode root = JSON.readTree(bytes);
      if (root instanceof ObjectNode object) {
        return object;
      }
      throw new TokenizerException(
          "\"%s\" holds %s, expected the JSON object of a tokenizer.json"
              .formatted(file, root.getNodeType()));
    } catch (JsonProcessingException e) {
      throw new TokenizerException(
          "\"%s\" is not JSON: %s at line %d; expected a tokenizer.json"
              .formatted(
                  file,
                  e.getOriginalMessage(),
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new TokenizerException("\"%s\" is not JSON: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static JsonNode beside(Path file, String name) throws IOException {
    Path config = file.resolveSibling(name);
    return Files.isRegularFile(config)
        ? parse(config, Files.readAllBytes(config))
        : JSON.createObjectNode();
  }

  /**
   * All tokens with their ids: a vocabulary is an object, or for Unigram a list whose index is the
   * id.
   */
  private static Map<String, Integer> tokens(ObjectNode root, ObjectNode model) {
    Map<String, Integer> tokens = new TreeMap<>();
    JsonNode vocabulary = model.path("vocab");
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      tokens.put(entry.getKey(), entry.getValue().asInt());
    }
    for (int i = 0; vocabulary.isArray() && i < vocabulary.size(); i++) {
      tokens.put(vocabulary.get(i).path(0).asText(), i);
    }
    for (JsonNode added : root.path("added_tokens")) {
      tokens.put(added.path("content").asText(), added.path("id").asInt());
    }
    return tokens;
  }

  /**
   * The tokenizer's own padding, else the configured pad token, else a token of a usual name, else
   * 0.
   */
  private static int padId(ObjectNode root, JsonNode config, Map<String, Integer> tokens) {
    JsonNode own = root.path("padding").path("pad_id");
    if (own.isInt()) {
      return own.asInt();
    }
    for (String name : new String[] {text(config, "pad_token"), "[PAD]", "<pad>", "<|pad|>"}) {
      Integer id = tokens.get(name);
      if (id != null) {
        return id;
      }
    }
    return 0;
  }

  /** Older files keep the special tokens in a {@code special_tokens_map.json} of their own. */
  private static Map<String, SpecialToken> roles(
      JsonNode config, JsonNode map, Map<String, Integer> tokens) {
    Map<String, SpecialToken> roles = new LinkedHashMap<>();
    for (String role : ROLES) {
      String text = text(config.hasNonNull(role) ? config : map, role);
      Integer id = tokens.get(text);
      if (id != null) {
        roles.put(role, new SpecialToken(role, text, id));
      }
    }
    return Map.copyOf(roles);
  }

  /** A token is named by its text or described by an object. */
  private static String text(JsonNode config, String role) {
    JsonNode named = config.path(role);
    return named.isObject() ? named.path("content").asText() : named.asText();
  }

  private static Set<Integer> specialIds(ObjectNode root) {
    Set<Integer> ids = new HashSet<>();
    for (JsonNode added : root.path("added_tokens")) {
      if (added.path("special").asBoolean()) {
        ids.add(added.path("id").asInt());
      }
    }
    return Set.copyOf(ids);
  }

  private static OptionalInt maxLength(JsonNode config) {
    double length = config.path("model_max_length").asDouble(0);
    return length >= 1 && length < NO_LIMIT ? OptionalInt.of((int) length) : OptionalInt.empty();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
