package dev.graft.signing;

import dev.graft.files.Digests;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/** The public half of an Ed25519 key: tells whether its private half signed something. */
public final class VerifyingKey {
  private final PublicKey key;

  VerifyingKey(PublicKey key) {
    this.key = key;
  }

  /** Read a PEM file, as {@code openssl pkey -pubout} writes it. */
  public static VerifyingKey read(Path file) throws IOException {
    return parse(Pem.readFile(file), file.toString());
  }

  /**
   * Read the text of a PEM file.
   *
   * @param where it is from, for messages
   * @throws SigningException if it holds anything but one public Ed25519 key
   */
  public static VerifyingKey parse(String pem, String where) throws SigningException {
    byte[] content = Pem.parse(pem, Pem.PUBLIC, where);
    try {
      PublicKey key =
          KeyFactory.getInstance(SigningKey.ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(content));
      if (Arrays.equals(key.getEncoded(), content)
          && key instanceof EdECPublicKey point
          && EdwardsPoint.isKey(point.getPoint().getY())) {
        // Fails where the point is not on the curve.
        Signature.getInstance(SigningKey.ALGORITHM).initVerify(key);
        return new VerifyingKey(key);
      }
    } catch (GeneralSecurityException e) {
      throw SigningKey.notEd25519(where, e);
    }
    throw SigningKey.notEd25519(where, null);
  }

  /** {@code sha256:} and the digest of the key's SPKI bytes in hexadecimal. */
  public String id() {
    return Digests.ofBytes(key.getEncoded());
  }

  /** The key as a PEM file. */
  public String pem() {
    return Pem.write(Pem.PUBLIC, key.getEncoded());
  }

  /** Whether a signature over a message is by this key. */
  public boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(SigningKey.ALGORITHM);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (SignatureException e) {
      // Bytes that cannot be a signature are none.
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks Ed25519", e);
    }
  }
}
