package dev.graft.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What the Hub says a repository holds: the answer to {@code
 * /api/models/ID/revision/REV?blobs=true}.
 *
 * @param commit the commit
 * @param entries what is known of each file, by name
 */
record ModelListing(String commit, Map<String, Entry> entries) {
  private static final int MAX_FILES = 100_000;
  private static final int MAX_DEPTH = 100;

  /** Larger than any file the Hub serves in one piece. */
  static final long MAX_FILE_BYTES = 500L << 30;

  private static final Pattern COMMIT = Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}");

  private static final ObjectReader JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build()
          .readerFor(JsonNode.class);

  /** Size and digest of a file, as far as the listing has them. */
  record Entry(OptionalLong sizeBytes, Optional<ContentDigest> digest) {}

  /** Reads any small answer of the API. */
  static JsonNode json(byte[] body, String place) throws IOException {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new HubException.Malformed(
          "%s: the answer is not JSON (%s); check that the endpoint is a Hub"
              .formatted(place, FileNames.shown(e.getOriginalMessage())),
          e);
    }
  }

  /** Reads the listing; every name in it is checked. */
  static ModelListing read(byte[] body, String place) throws IOException {
    JsonNode root = json(body, place);
    String commit = root.path("sha").asText("");
    if (!COMMIT.matcher(commit).matches()) {
      throw malformed(place, "'sha' must be a commit of 40 digits", commit);
    }
    JsonNode siblings = root.path("siblings");
    if (!siblings.isArray() || siblings.size() > MAX_FILES) {
      throw malformed(
          place,
          "'siblings' must be a list of at most %d files".formatted(MAX_FILES),
          siblings.isArray() ? siblings.size() + " files" : siblings.getNodeType().toString());
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (JsonNode sibling : siblings) {
      JsonNode name = sibling.path("rfilename");
      if (!name.isTextual()) {
        throw malformed(place, "every file must have a text 'rfilename'", sibling.toString());
      }
      FileNames.checkInside(name.textValue(), place);
      if (entries.put(name.textValue(), entry(sibling, place)) != null) {
        throw malformed(place, "a file must be listed once", name.textValue());
      }
    }
    return new ModelListing(commit, entries);
  }

  private static Entry entry(JsonNode sibling, String place) throws HubException {
    JsonNode lfs = sibling.path("lfs");
    boolean large = lfs.isObject();
    JsonNode size = large && lfs.has("size") ? lfs.path("size") : sibling.path("size");
    if (!size.isMissingNode() && !size.isNull()) {
      checkSize(size, sibling, place);
    }
    String name = sibling.path("rfilename").textValue();
    Optional<ContentDigest> digest =
        large
            ? digest(ContentDigest.Kind.SHA256, sha256(lfs), name, place)
            : digest(ContentDigest.Kind.GIT_BLOB, sibling.path("blobId"), name, place);
    return new Entry(
        size.isIntegralNumber() ? OptionalLong.of(size.longValue()) : OptionalLong.empty(), digest);
  }

  /** Two endpoints of the API name it differently. */
  private static JsonNode sha256(JsonNode lfs) {
    return lfs.has("sha256") ? lfs.path("sha256") : lfs.path("oid");
  }

  private static void checkSize(JsonNode size, JsonNode sibling, String place) throws HubException {
    boolean sane =
        size.isIntegralNumber()
            && size.canConvertToLong()
            && size.longValue() >= 0
            && size.longValue() <= MAX_FILE_BYTES;
    if (!sane) {
      throw malformed(
          place,
          "size of '%s' must be 0 to %d bytes"
              .formatted(FileNames.shown(sibling.path("rfilename").textValue()), MAX_FILE_BYTES),
          size.toString());
    }
  }

  private static Optional<ContentDigest> digest(
      ContentDigest.Kind kind, JsonNode value, String name, String place) throws HubException {
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    String text = value.asText("").replaceFirst("^sha256:", "");
    Optional<ContentDigest> digest = ContentDigest.of(kind, text);
    if (digest.isEmpty()) {
      throw malformed(
          place, "digest of '%s' must be hexadecimal".formatted(FileNames.shown(name)), text);
    }
    return digest;
  }

  private static HubException.Malformed malformed(String place, String expected, String found) {
    return new HubException.Malformed(
        "%s: %s, found '%s'; check that the endpoint is a Hub"
            .formatted(place, expected, FileNames.shown(found)));
  }
}
