package dev.graft.signing;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An Ed25519 key that signs. Its text form appears in no message. */
public final class SigningKey {
  static final String ALGORITHM = "Ed25519";

  private final PrivateKey key;
  private final VerifyingKey verifying;

  private SigningKey(KeyPair pair) {
    this.key = pair.getPrivate();
    this.verifying = new VerifyingKey(pair.getPublic());
  }

  /** A new key. */
  public static SigningKey create() {
    return new SigningKey(generate(new SecureRandom()));
  }

  /**
   * Read a PEM file with a private key, as {@code openssl genpkey -algorithm ed25519} writes it.
   *
   * @throws SigningException if it holds anything but one such key without a password
   */
  public static SigningKey read(Path file) throws IOException {
    return parse(Pem.readFile(file), file.toString());
  }

  /**
   * Read the text of a PEM file.
   *
   * @param where it is from, for messages
   */
  public static SigningKey parse(String pem, String where) throws SigningException {
    byte[] content = Pem.parse(pem, Pem.PRIVATE, where);
    try {
      PrivateKey key =
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(content));
      if (key instanceof EdECPrivateKey seeded && seeded.getBytes().isPresent()) {
        return new SigningKey(pairOf(seeded.getBytes().get()));
      }
    } catch (GeneralSecurityException e) {
      throw notEd25519(where, e);
    }
    throw notEd25519(where, null);
  }

  static SigningException notEd25519(String where, @Nullable Throwable cause) {
    return new SigningException(
        "%s holds no Ed25519 key; make one with 'openssl genpkey -algorithm ed25519'"
            .formatted(where),
        cause);
  }

  /** Java has no other way from a private key to its public half than to generate it again. */
  private static KeyPair pairOf(byte[] seed) {
    KeyPair pair = generate(new Seeded(seed));
    byte[] used = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElse(new byte[0]);
    if (!Arrays.equals(used, seed)) {
      throw new IllegalStateException("this Java platform makes Ed25519 keys in another way");
    }
    return pair;
  }

  private static KeyPair generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
      generator.initialize(NamedParameterSpec.ED25519, random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks Ed25519", e);
    }
  }

  /** The public half. */
  public VerifyingKey verifyingKey() {
    return verifying;
  }

  /** The {@link VerifyingKey#id} of the public half. */
  public String id() {
    return verifying.id();
  }

  /** Sign a message; the same message always gives the same 64 bytes. */
  public byte[] sign(byte[] message) {
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform lacks Ed25519", e);
    }
  }

  /** The private key as a PEM file. */
  String pem() {
    return Pem.write(Pem.PRIVATE, key.getEncoded());
  }

  /** Gives out a seed instead of chance. */
  private static final class Seeded extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final byte[] seed;

    Seeded(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, Math.min(seed.length, bytes.length));
    }
  }
}
