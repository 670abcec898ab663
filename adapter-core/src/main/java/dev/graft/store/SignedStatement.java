package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import java.util.Comparator;
import java.util.List;

/**
 * What a signature of a version says: an in-toto statement (version 1) with the version's files as
 * subjects, and whose adapter it is. A version has one statement, byte by byte, so to verify is to
 * compare.
 *
 * <p>The adapter's name is part of it, so that what was signed for one tenant is not taken for
 * another's. The version's number is not: it is not known before a version is published, and a
 * tenant that moves to another registry keeps its signatures.
 */
final class SignedStatement {
  /** The media type of in-toto's statements. */
  static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private static final String TYPE = "https://in-toto.io/Statement/v1";
  private static final String PREDICATE_TYPE = "https://graft.dev/adapter-version/v1";
  private static final String SHA256 = "sha256:";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private SignedStatement() {}

  /**
   * The statement in UTF-8.
   *
   * @param files all of the version, its manifest as well, in any order
   */
  static byte[] of(Version version, List<VersionFile> files) {
    ObjectNode statement = MAPPER.createObjectNode().put("_type", TYPE);
    ArrayNode subjects = statement.putArray("subject");
    files.stream()
        .sorted(Comparator.comparing(VersionFile::name))
        .forEach(
            file ->
                subjects
                    .addObject()
                    .put("name", file.name())
                    .putObject("digest")
                    .put("sha256", hexadecimal(file.digest())));
    statement.put("predicateType", PREDICATE_TYPE);
    statement
        .putObject("predicate")
        .put("adapter", version.adapter().toString())
        .put("digest", version.digest())
        .put("manifest", version.manifest())
        .put("type", version.type())
        .put("baseDigest", version.baseDigest())
        .put("tokenizerDigest", version.tokenizerDigest());
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
