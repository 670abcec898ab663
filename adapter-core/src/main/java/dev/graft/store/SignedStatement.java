package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.files.Digests;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a signature says: in-toto statements (version 1). Each thing that can be signed has one
 * statement, byte by byte, so to verify is to compare.
 */
final class SignedStatement {
  /** The media type of in-toto's statements. */
  static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private static final String TYPE = "https://in-toto.io/Statement/v1";
  private static final String VERSION = "https://graft.dev/adapter-version/v1";
  private static final String ERASURE = "https://graft.dev/erasure/v1";
  private static final String SHA256 = "sha256:";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private SignedStatement() {}

  /**
   * That of a version: its files, and whose adapter it is. The adapter's name is part of it, so
   * that what was signed for one tenant is not taken for another's. The version's number is not: it
   * is not known before a version is published, and a tenant that moves to another registry keeps
   * its signatures.
   *
   * @param files all of the version, its manifest as well, in any order
   */
  static byte[] of(Version version, List<VersionFile> files) {
    SortedMap<String, String> subjects = new TreeMap<>();
    files.forEach(file -> subjects.put(file.name(), file.digest()));
    ObjectNode predicate =
        MAPPER
            .createObjectNode()
            .put("adapter", version.adapter().toString())
            .put("digest", version.digest())
            .put("manifest", version.manifest())
            .put("type", version.type())
            .put("baseDigest", version.baseDigest())
            .put("tokenizerDigest", version.tokenizerDigest());
    return write(subjects, VERSION, predicate);
  }

  /**
   * That of a certificate.
   *
   * @param json its bytes
   */
  static byte[] of(ErasureCertificate certificate, String json) {
    SortedMap<String, String> subjects = new TreeMap<>();
    subjects.put("certificate", Digests.ofBytes(json.getBytes(StandardCharsets.UTF_8)));
    ObjectNode predicate =
        MAPPER
            .createObjectNode()
            .put("storeId", certificate.storeId())
            .put("tenant", certificate.tenant())
            .put("time", certificate.time());
    return write(subjects, ERASURE, predicate);
  }

  private static byte[] write(
      SortedMap<String, String> subjects, String predicateType, ObjectNode predicate) {
    ObjectNode statement = MAPPER.createObjectNode().put("_type", TYPE);
    ArrayNode listed = statement.putArray("subject");
    subjects.forEach(
        (name, digest) ->
            listed
                .addObject()
                .put("name", name)
                .putObject("digest")
                .put("sha256", hexadecimal(digest)));
    statement.put("predicateType", predicateType);
    statement.set("predicate", predicate);
    try {
      return MAPPER.writeValueAsBytes(statement);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a statement cannot be written as JSON", e);
    }
  }

  private static String hexadecimal(String digest) {
    return digest.startsWith(SHA256) ? digest.substring(SHA256.length()) : digest;
  }
}
