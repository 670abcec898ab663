package dev.graft.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.store.model.StoreFormatException;
import java.util.List;

/**
 * What was erased of a customer, for the customer. It names nobody else: what other customers have
 * in common with it appears as digests alone.
 *
 * @param formatVersion of this record as JSON
 * @param storeId which registry
 * @param tenant the customer
 * @param time when it was erased; UTC, ISO 8601
 * @param author who erased it
 * @param note why
 * @param encryptedSince since when what it published was encrypted; empty: never
 * @param destroyedKeys ids of the keys that were destroyed: copies of encrypted blobs in backups
 *     cannot be read any more
 * @param versions all versions it had
 * @param destroyedBlobs blobs that are not in the registry any more
 * @param sharedBlobs blobs that stay, since another customer published the same content
 * @param descendants digests of other customers' adapters that were made from its adapters, and
 *     stay
 */
public record ErasureCertificate(
    int formatVersion,
    String storeId,
    String tenant,
    String time,
    String author,
    String note,
    String encryptedSince,
    List<String> destroyedKeys,
    List<ErasedVersion> versions,
    List<ErasedBlob> destroyedBlobs,
    List<ErasedBlob> sharedBlobs,
    List<String> descendants) {
  static final int FORMAT_VERSION = 1;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** Copy the lists. */
  public ErasureCertificate {
    destroyedKeys = List.copyOf(destroyedKeys);
    versions = List.copyOf(versions);
    destroyedBlobs = List.copyOf(destroyedBlobs);
    sharedBlobs = List.copyOf(sharedBlobs);
    descendants = List.copyOf(descendants);
  }

  /**
   * A version that is gone.
   *
   * @param reference its name
   * @param digest of what it computed
   * @param manifest of its bytes
   * @param published when; UTC, ISO 8601
   */
  public record ErasedVersion(String reference, String digest, String manifest, String published) {}

  /**
   * A blob.
   *
   * @param digest of its bytes
   * @param sizeBytes how many
   * @param encrypted whether a key of the customer encrypted it
   */
  public record ErasedBlob(String digest, long sizeBytes, boolean encrypted) {}

  /** Whether it belongs to a format that is known. */
  boolean isReadable() {
    return formatVersion == FORMAT_VERSION;
  }

  /** As JSON, as it is kept and handed out. */
  public String json() {
    try {
      return MAPPER.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a certificate cannot be written as JSON", e);
    }
  }

  /**
   * Read {@link #json}.
   *
   * @throws StoreFormatException if it is none, or of a newer format
   */
  public static ErasureCertificate read(String json) throws StoreFormatException {
    try {
      ErasureCertificate read = MAPPER.readValue(json, ErasureCertificate.class);
      if (!read.isReadable()) {
        throw new StoreFormatException(
            "the certificate has format %d, this Graft reads format %d; use a newer Graft"
                .formatted(read.formatVersion(), FORMAT_VERSION));
      }
      return read;
    } catch (JsonProcessingException e) {
      throw new StoreFormatException(
          "it is no certificate of an erasure: %s; give the file that graft tenants erase wrote"
              .formatted(e.getOriginalMessage()),
          e);
    }
  }
}
