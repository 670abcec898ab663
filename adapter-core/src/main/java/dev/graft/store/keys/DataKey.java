package dev.graft.store.keys;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A tenant's secret of 256 bits. It encrypts nothing itself: each blob has a key of its own,
 * derived from it. Its text form does not show it.
 */
public final class DataKey {
  /** The length of the secret. */
  public static final int BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final String id;
  private final byte[] secret;

  private DataKey(String id, byte[] secret) {
    this.id = id;
    this.secret = secret;
  }

  /**
   * A key as it was kept.
   *
   * @param id its name, a UUID
   * @param secret {@link #BYTES} bytes
   * @throws IllegalArgumentException if one of the two is not of that form
   */
  public static DataKey of(String id, byte[] secret) {
    if (secret.length != BYTES) {
      throw new IllegalArgumentException(
          "a data key has %d bytes, found %d".formatted(BYTES, secret.length));
    }
    return new DataKey(checkId(id), secret.clone());
  }

  /** A new key. */
  public static DataKey random(SecureRandom random) {
    byte[] secret = new byte[BYTES];
    random.nextBytes(secret);
    return new DataKey(UUID.randomUUID().toString(), secret);
  }

  /** Return {@code id} if it is a UUID as we write it; it becomes the name of a file. */
  static String checkId(String id) {
    if (id.length() != 36 || !UUID.fromString(id).toString().equals(id)) {
      throw new IllegalArgumentException("a key's id is a UUID, found one of another form");
    }
    return id;
  }

  /** Its name. */
  public String id() {
    return id;
  }

  /** A copy of the secret, for those who keep it. */
  public byte[] secret() {
    return secret.clone();
  }

  /**
   * 32 bytes that only who has the key can compute (HMAC with SHA-256 as a key derivation function,
   * NIST SP 800-108).
   *
   * @param purpose what they are for; different purposes give unrelated bytes
   * @param context what they belong to
   */
  byte[] derive(String purpose, byte[] context) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return mac.doFinal(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return "key " + id;
  }
}
