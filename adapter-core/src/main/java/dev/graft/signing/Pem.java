package dev.graft.signing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One block of PEM: what OpenSSL writes a key as. */
final class Pem {
  static final String PRIVATE = "PRIVATE KEY";
  static final String PUBLIC = "PUBLIC KEY";

  /** An Ed25519 key has about 120 bytes. */
  private static final int MAX_BYTES = 16 << 10;

  private static final Pattern BLOCK =
      Pattern.compile("\\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----\\s*");
  private static final Pattern LABEL = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");
  private static final int LINE = 64;

  private Pem() {}

  static String write(String label, byte[] content) {
    Base64.Encoder encoder = Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, encoder.encodeToString(content), label);
  }

  static String readFile(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new SigningException("%s is a directory; expected a key file in PEM".formatted(path));
    }
    byte[] bytes;
    try (var in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /**
   * The content of the block with a label.
   *
   * @param where of the text, for messages
   */
  static byte[] parse(String text, String label, String where) throws SigningException {
    if (text.length() > MAX_BYTES) {
      throw new SigningException(
          "%s has more than %d bytes, which no Ed25519 key has; give a key file in PEM"
              .formatted(where, MAX_BYTES));
    }
    Matcher start = LABEL.matcher(text);
    if (!start.find()) {
      throw new SigningException(
          "%s is no PEM file; expected one that starts with -----BEGIN %s-----"
              .formatted(where, label));
    }
    requireLabel(start.group(1), label, where);
    Matcher block = BLOCK.matcher(text);
    if (!block.matches()) {
      throw new SigningException(
          "%s is cut, or has something beside its one key; give the file as it was written"
              .formatted(where));
    }
    try {
      return Base64.getDecoder().decode(block.group(2).replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new SigningException(
          "%s has damaged Base64; give the file as it was written".formatted(where), e);
    }
  }

  private static void requireLabel(String found, String label, String where)
      throws SigningException {
    if (found.equals(label)) {
      return;
    }
    String problem =
        switch (found) {
          case "ENCRYPTED PRIVATE KEY" ->
              "%s is encrypted with a password; decrypt it with 'openssl pkey -in FILE -out FILE'";
          case PUBLIC -> "%s is a public key; give the private one that belongs to it";
          case PRIVATE -> "%s is a private key; give the public one that belongs to it";
          default ->
              "%s holds a \""
                  + found
                  + "\"; make an Ed25519 key with 'openssl genpkey -algorithm ed25519'";
        };
    throw new SigningException(problem.formatted(where));
  }
}
