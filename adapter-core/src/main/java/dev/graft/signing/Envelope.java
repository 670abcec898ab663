package dev.graft.signing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A DSSE envelope: bytes, their type, and signatures over both. That it was read says nothing about
 * its signatures; {@link #isSignedBy} does.
 */
public final class Envelope {
  /** More than the statement of any version needs. */
  private static final int MAX_CHARACTERS = 1 << 18;

  private static final int MAX_SIGNATURES = 16;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String payloadType;
  private final byte[] payload;
  private final List<Entry> signatures;

  /** A signature, in Base64. */
  private record Entry(String keyId, String signature) {}

  private Envelope(String payloadType, byte[] payload, List<Entry> signatures) {
    this.payloadType = payloadType;
    this.payload = payload.clone();
    this.signatures = List.copyOf(signatures);
  }

  /** Sign bytes of a type. */
  public static Envelope sign(String payloadType, byte[] payload, SigningKey key) {
    byte[] signature = key.sign(preAuthentication(payloadType, payload));
    return new Envelope(
        payloadType,
        payload,
        List.of(new Entry(key.id(), Base64.getEncoder().encodeToString(signature))));
  }

  /**
   * Read an envelope, strictly: unknown, repeated and missing fields are refused.
   *
   * @throws SigningException if it is none
   */
  public static Envelope parse(String json) throws SigningException {
    if (json.length() > MAX_CHARACTERS) {
      throw bad("has more than %d characters".formatted(MAX_CHARACTERS));
    }
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new SigningException(
          "the envelope is no JSON: %s; sign again".formatted(e.getOriginalMessage()), e);
    }
    requireFields(root, 3);
    String type = text(root, "payloadType");
    byte[] payload = decode("payload", text(root, "payload"));
    JsonNode listed = root.path("signatures");
    if (!listed.isArray() || listed.isEmpty() || listed.size() > MAX_SIGNATURES) {
      throw bad("needs 1 to %d signatures".formatted(MAX_SIGNATURES));
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode entry : listed) {
      requireFields(entry, 2);
      String signature = text(entry, "sig");
      decode("sig", signature);
      entries.add(new Entry(text(entry, "keyid"), signature));
    }
    return new Envelope(type, payload, entries);
  }

  private static void requireFields(JsonNode object, int count) throws SigningException {
    if (!object.isObject() || object.size() != count) {
      throw bad("lacks a field or has one that is not known");
    }
  }

  private static String text(JsonNode object, String field) throws SigningException {
    JsonNode value = object.path(field);
    if (!value.isTextual()) {
      throw bad("lacks the text \"%s\"".formatted(field));
    }
    return value.textValue();
  }

  private static byte[] decode(String field, String text) throws SigningException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw new SigningException(
          "the envelope's \"%s\" is no Base64; sign again".formatted(field), e);
    }
    throw bad("has a \"%s\" that is not plain Base64".formatted(field));
  }

  private static SigningException bad(String problem) {
    return new SigningException("the envelope %s; sign again".formatted(problem));
  }

  /** What the payload is, as a media type. */
  public String payloadType() {
    return payloadType;
  }

  /** A copy of what was signed. */
  public byte[] payload() {
    return payload.clone();
  }

  /** Which keys are said to have signed. */
  public List<String> keyIds() {
    return signatures.stream().map(Entry::keyId).toList();
  }

  /** Whether one of the signatures is by a key, over this payload and type. */
  public boolean isSignedBy(VerifyingKey key) {
    byte[] message = preAuthentication(payloadType, payload);
    return signatures.stream()
        .filter(entry -> entry.keyId().equals(key.id()))
        .anyMatch(entry -> key.verifies(message, Base64.getDecoder().decode(entry.signature())));
  }

  /** The envelope as JSON on one line. */
  public String json() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("payloadType", payloadType);
    root.put("payload", payload);
    for (Entry entry : signatures) {
      root.withArray("signatures")
          .addObject()
          .put("keyid", entry.keyId())
          .put("sig", entry.signature());
    }
    return root.toString();
  }

  /** What is really signed, so that no type can be taken for another. */
  static byte[] preAuthentication(String payloadType, byte[] payload) {
    byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(("DSSEv1 " + type.length + " ").getBytes(StandardCharsets.UTF_8));
    out.writeBytes(type);
    out.writeBytes((" " + payload.length + " ").getBytes(StandardCharsets.UTF_8));
    out.writeBytes(payload);
    return out.toByteArray();
  }
}
