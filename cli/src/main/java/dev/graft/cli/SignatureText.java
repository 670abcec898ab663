package dev.graft.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.cli.screen.Style;
import dev.graft.store.SignatureReport;

/** Signatures of a version, for people and for programs. */
final class SignatureText {
  private SignatureText() {}

  /** {@code trusted, key sha256:…, by ann, 2026-11-28 20:40}. */
  static String line(SignatureReport.Entry entry, Style style) {
    String verdict = entry.verdict().text();
    String shown =
        switch (entry.verdict()) {
          case TRUSTED -> style.green(verdict);
          case UNKNOWN_KEY -> style.yellow(verdict);
          case INVALID -> style.red(verdict);
        };
    return "%s, key %s, by %s, %s"
        .formatted(shown, entry.keyId(), entry.author(), RegistryText.minute(entry.time()));
  }

  static void addTo(ObjectNode out, SignatureReport report) {
    ArrayNode entries = out.putArray("signatures");
    for (SignatureReport.Entry entry : report.signatures()) {
      entries
          .addObject()
          .put("keyId", entry.keyId())
          .put("verdict", word(entry.verdict()))
          .put("author", entry.author())
          .put("time", entry.time().toString());
    }
  }

  private static String word(SignatureReport.Verdict verdict) {
    return switch (verdict) {
      case TRUSTED -> "trusted";
      case UNKNOWN_KEY -> "unknownKey";
      case INVALID -> "invalid";
    };
  }
}
