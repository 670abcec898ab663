package dev.graft.store.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.files.Digests;
import dev.graft.store.model.AuditLine;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The chain of the audit log: SHA-256 over a JSON array of all fields of a line and the hash of the
 * line before, without spaces, in UTF-8.
 */
final class AuditHash {
  /** What the first line has for the hash of the line before. */
  static final String START = "0".repeat(64);

  private static final String VERSION = "graft-audit-1";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private AuditHash() {}

  /** The hash a line must have; the one it has is not looked at. */
  static String of(AuditLine line) {
    List<Object> fields =
        List.of(
            VERSION,
            line.sequence(),
            line.time().toEpochMilli(),
            line.author(),
            line.tenant(),
            line.action(),
            line.subject(),
            line.detail(),
            line.note(),
            line.previous());
    MessageDigest sha = Digests.sha256();
    try {
      return HexFormat.of().formatHex(sha.digest(MAPPER.writeValueAsBytes(fields)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers cannot be written as JSON", e);
    }
  }
}
