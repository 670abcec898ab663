package dev.graft.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningTest {
  private static final byte[] PAYLOAD = "hello".getBytes(StandardCharsets.UTF_8);

  /** The first test key of RFC 8032, section 7.1, in PKCS#8. */
  private static final String RFC_KEY =
      Pem.write(
          Pem.PRIVATE,
          HexFormat.of()
              .parseHex(
                  "302e020100300506032b657004220420"
                      + "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));

  @TempDir Path folder;

  @Test
  void findsThePublicHalfAndSignsAsTheStandardSays() throws IOException {
    SigningKey key = SigningKey.parse(RFC_KEY, "the key");

    assertEquals(
        Pem.write(
            Pem.PUBLIC,
            HexFormat.of()
                .parseHex(
                    "302a300506032b6570032100"
                        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")),
        key.verifyingKey().pem());
    assertEquals(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        HexFormat.of().formatHex(key.sign(new byte[0])));
  }

  /** The example of the DSSE specification, and the same bytes whatever language people speak. */
  @Test
  void signsWhatTheDsseSpecificationSays() {
    Locale before = Locale.getDefault();
    try {
      for (String language : new String[] {"en", "fa", "ar-EG"}) {
        Locale.setDefault(Locale.forLanguageTag(language));
        assertEquals(
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
            new String(
                Envelope.preAuthentication(
                    "http://example.com/HelloWorld",
                    "hello world".getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8));
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  /** A point of small order verifies the same signature over whatever message. */
  @Test
  void refusesPointsThatAreNoKeys() {
    for (String point :
        new String[] {
          "0100000000000000000000000000000000000000000000000000000000000000",
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0000000000000000000000000000000000000000000000000000000000000080",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
          "0200000000000000000000000000000000000000000000000000000000000000",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
        }) {
      String pem =
          Pem.write(Pem.PUBLIC, HexFormat.of().parseHex("302a300506032b6570032100" + point));

      assertThrows(SigningException.class, () -> VerifyingKey.parse(pem, "key.pub"), point);
    }
  }

  @Test
  void writesAPrivateKeyThatOnlyItsOwnerReads() throws IOException {
    SigningKey key = SigningKey.create();
    Path file = folder.resolve("release.key");
    KeyPairFiles.write(key, file);

    assertEquals(key.id(), SigningKey.read(file).id());
    assertEquals(key.id(), VerifyingKey.read(KeyPairFiles.publicFile(file)).id());
    assertThrows(
        FileAlreadyExistsException.class, () -> KeyPairFiles.write(SigningKey.create(), file));
    assertEquals(key.id(), SigningKey.read(file).id());
    try (var entries = Files.list(folder)) {
      assertEquals(2, entries.count());
    }
    Assumptions.assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "needs a file system with permissions");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void leavesAPublicKeyThatIsThereAndWritesNoPrivateOne() throws IOException {
    Path file = folder.resolve("release.key");
    Files.writeString(KeyPairFiles.publicFile(file), "mine");

    assertThrows(
        FileAlreadyExistsException.class, () -> KeyPairFiles.write(SigningKey.create(), file));

    assertFalse(Files.exists(file));
  }

  @Test
  void saysWhatIsWrongWithAKeyFile() throws Exception {
    byte[] rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    String publicPem = SigningKey.create().verifyingKey().pem();

    refused("holds no Ed25519 key", Pem.write(Pem.PRIVATE, rsa));
    refused("holds a \"RSA PRIVATE KEY\"", Pem.write("RSA PRIVATE KEY", rsa));
    refused("encrypted with a password", Pem.write("ENCRYPTED PRIVATE KEY", rsa));
    refused("is a public key", publicPem);
    refused("no PEM file", "ssh-ed25519 AAAA");
    refused("more than 16384 bytes", "x".repeat(20_000));
    refused("cut, or has something beside", RFC_KEY.substring(0, 60));
    refused("cut, or has something beside", RFC_KEY + RFC_KEY);
    var problem =
        assertThrows(SigningException.class, () -> VerifyingKey.parse(RFC_KEY, "key.pem"));
    assertTrue(problem.toString().contains("is a private key"), problem.toString());
  }

  private static void refused(String expected, String pem) {
    var problem = assertThrows(SigningException.class, () -> SigningKey.parse(pem, "key.pem"));
    assertTrue(problem.toString().contains(expected), problem.toString());
    assertTrue(problem.toString().contains("key.pem"), problem.toString());
  }

  @Test
  void readsTheEnvelopeThatItWrites() throws IOException {
    SigningKey key = SigningKey.create();

    Envelope read = Envelope.parse(Envelope.sign("text/plain", PAYLOAD, key).json());

    assertEquals("text/plain", read.payloadType());
    assertArrayEquals(PAYLOAD, read.payload());
    assertTrue(read.isSignedBy(key.verifyingKey()));
    assertFalse(read.isSignedBy(SigningKey.create().verifyingKey()));
  }

  @Test
  void noticesAChangedPayloadTypeOrSignature() throws IOException {
    SigningKey key = SigningKey.create();
    String json = Envelope.sign("text/plain", PAYLOAD, key).json();
    String other = Envelope.sign("text/plain", new byte[0], key).json();
    String hello = Base64.getEncoder().encodeToString(PAYLOAD);
    String signature = json.replaceAll(".*\"sig\":\"([^\"]*)\".*", "$1");
    String otherSignature = other.replaceAll(".*\"sig\":\"([^\"]*)\".*", "$1");

    assertTrue(Envelope.parse(json).isSignedBy(key.verifyingKey()));
    for (String changed :
        new String[] {
          json.replace(hello, "aGVsbG8h"),
          json.replace("text/plain", "text/other"),
          json.replace(signature, otherSignature),
          json.replace(signature, "AAAA")
        }) {
      assertFalse(Envelope.parse(changed).isSignedBy(key.verifyingKey()), changed);
    }
  }

  @Test
  void refusesWhatIsNoEnvelope() {
    String json = Envelope.sign("text/plain", PAYLOAD, SigningKey.create()).json();

    for (String bad :
        new String[] {
          "",
          "[]",
          json + "{}",
          json.replace("{\"payloadType\"", "{\"payload\":\"\",\"payloadType\""),
          json.replace("\"payload\":", "\"other\":"),
          json.replace("{\"payloadType\"", "{\"more\":1,\"payloadType\""),
          json.replaceAll("\"signatures\":.*", "\"signatures\":[]}"),
          json.replace("aGVsbG8=", "aGVsbG9="),
          json.replace("aGVsbG8=", "!"),
          json + " ".repeat(1 << 18)
        }) {
      assertThrows(SigningException.class, () -> Envelope.parse(bad), bad);
    }
  }
}
