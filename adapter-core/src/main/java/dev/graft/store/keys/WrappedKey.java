package dev.graft.store.keys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.model.KeyUnavailableException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's key as it lies in a file: wrapped, once for each master key that may open it. There
 * are two while the master key is being rotated, else one.
 *
 * <p>The file is JSON: {@code formatVersion}, {@code tenant}, {@code keyId}, and {@code wrapped},
 * Base64 by the id of the master key. Tenant and id are authenticated with the key, so a file
 * cannot be given to another tenant.
 */
record WrappedKey(String tenant, String keyId, SortedMap<String, String> wrapped) {
  private static final int FORMAT_VERSION = 1;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static WrappedKey of(String tenant, DataKey key, MasterKey master, SecureRandom random) {
    return new WrappedKey(tenant, key.id(), new TreeMap<>()).with(key, master, random);
  }

  /** This key, also wrapped by another master key. */
  WrappedKey with(DataKey key, MasterKey master, SecureRandom random) {
    SortedMap<String, String> more = new TreeMap<>(wrapped);
    byte[] bytes = master.wrap(key.secret(), context(), random);
    more.put(master.id(), Base64.getEncoder().encodeToString(bytes));
    return new WrappedKey(tenant, keyId, more);
  }

  boolean isWrappedBy(MasterKey master) {
    return wrapped.containsKey(master.id());
  }

  /** This key, wrapped by one master key alone. */
  WrappedKey only(MasterKey master) {
    SortedMap<String, String> one = new TreeMap<>(wrapped);
    one.keySet().retainAll(List.of(master.id()));
    return new WrappedKey(tenant, keyId, one);
  }

  DataKey open(MasterKey master) throws KeyUnavailableException {
    String text = wrapped.get(master.id());
    if (text == null) {
      throw new KeyUnavailableException(
          "key %s of tenant \"%s\" is wrapped by master key %s, the one given is %s; give the master key that belongs to it"
              .formatted(keyId, tenant, wrapped.keySet(), master.id()));
    }
    try {
      return DataKey.of(keyId, master.unwrap(Base64.getDecoder().decode(text), context()));
    } catch (AEADBadTagException | IllegalArgumentException e) {
      throw damaged(keyId, "it is not what was wrapped", e);
    }
  }

  private byte[] context() {
    return "graft-data-key-1\n%s\n%s".formatted(tenant, keyId).getBytes(StandardCharsets.UTF_8);
  }

  byte[] json() {
    ObjectNode out =
        MAPPER
            .createObjectNode()
            .put("formatVersion", FORMAT_VERSION)
            .put("tenant", tenant)
            .put("keyId", keyId);
    ObjectNode by = out.putObject("wrapped");
    wrapped.forEach(by::put);
    return (out + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Read {@link #json} as what it must be. */
  static WrappedKey read(byte[] bytes, String tenant, String keyId) throws KeyUnavailableException {
    try {
      JsonNode json = MAPPER.readTree(new String(bytes, StandardCharsets.UTF_8));
      if (json.path("formatVersion").asInt() != FORMAT_VERSION
          || !json.path("tenant").asText().equals(tenant)
          || !json.path("keyId").asText().equals(keyId)) {
        throw damaged(keyId, "its file is of another format, tenant or key", null);
      }
      SortedMap<String, String> wrapped = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : json.path("wrapped").properties()) {
        wrapped.put(entry.getKey(), entry.getValue().asText());
      }
      return new WrappedKey(tenant, keyId, wrapped);
    } catch (JsonProcessingException e) {
      throw damaged(keyId, "its file is not JSON", e);
    }
  }

  private static KeyUnavailableException damaged(
      String keyId, String problem, @Nullable Exception cause) {
    return new KeyUnavailableException(
        "key %s cannot be read: %s; restore the directory of keys from a backup"
            .formatted(keyId, problem),
        cause);
  }
}
