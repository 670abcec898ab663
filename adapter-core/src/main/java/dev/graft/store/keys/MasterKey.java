package dev.graft.store.keys;

import dev.graft.files.Digests;
import dev.graft.store.model.KeyUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that wraps the keys of tenants: 256 bits, in a file of one line of Base64 that only its
 * owner may read. Wrapping is AES-256-GCM with a random nonce of 12 bytes in front.
 */
final class MasterKey {
  private static final String ALGORITHM = "AES/GCM/NoPadding";
  private static final int BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int ID_BYTES = 8;
  private static final int MAX_FILE_BYTES = 1 << 10;
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final byte[] secret;

  private MasterKey(byte[] secret) {
    this.secret = secret;
  }

  static MasterKey random(SecureRandom random) {
    byte[] secret = new byte[BYTES];
    random.nextBytes(secret);
    return new MasterKey(secret);
  }

  static MasterKey read(Path file) throws KeyUnavailableException {
    try {
      requirePrivate(file);
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw bad(file);
      }
      byte[] secret = Base64.getDecoder().decode(Files.readString(file).strip());
      if (secret.length != BYTES) {
        throw bad(file);
      }
      return new MasterKey(secret);
    } catch (NoSuchFileException e) {
      throw new KeyUnavailableException(
          "master key %s is missing; give the directory and the master key that belong together, or make them with graft keys init"
              .formatted(file),
          e);
    } catch (IllegalArgumentException e) {
      throw bad(file);
    } catch (KeyUnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw new KeyUnavailableException(
          "cannot read master key %s: %s; check who may read it".formatted(file, e), e);
    }
  }

  private static void requirePrivate(Path file) throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (UnsupportedOperationException e) {
      return;
    }
    if (permissions.stream().anyMatch(OTHERS::contains)) {
      throw new KeyUnavailableException(
          "master key %s may be read or changed by everyone on this machine; run chmod 600 on it, or make a new one with graft keys rotate"
              .formatted(file));
    }
  }

  private static KeyUnavailableException bad(Path file) {
    return new KeyUnavailableException(
        "%s is no master key: expected one line of Base64 for %d bytes; restore it from a backup"
            .formatted(file, BYTES));
  }

  byte[] line() {
    return (Base64.getEncoder().encodeToString(secret) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Which master key it is; tells nothing of the secret. */
  String id() {
    MessageDigest digest = Digests.sha256();
    digest.update("graft master key 1\0".getBytes(StandardCharsets.US_ASCII));
    digest.update(secret);
    return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
  }

  /**
   * Wrap a secret.
   *
   * @param context what it belongs to; unwrapping needs the same
   */
  byte[] wrap(byte[] plain, byte[] context, SecureRandom random) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plain);
      return ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed", e);
    }
  }

  /**
   * Unwrap a secret.
   *
   * @throws AEADBadTagException if it is not what was wrapped
   */
  byte[] unwrap(byte[] wrapped, byte[] context) throws AEADBadTagException {
    // Java fails otherwise on what has no room for a tag.
    if (wrapped.length < NONCE_BYTES + TAG_BITS / 8) {
      throw new AEADBadTagException("it is too short");
    }
    byte[] nonce = Arrays.copyOf(wrapped, NONCE_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, nonce, context)
          .doFinal(wrapped, NONCE_BYTES, wrapped.length - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM failed", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] context) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context);
    return cipher;
  }
}
