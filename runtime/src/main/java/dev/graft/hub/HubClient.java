package dev.graft.hub;

import dev.graft.adapter.NearestNames;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.regex.Pattern;

/**
 * Finds models on the Hub and pulls them. Files are of the commit that was found, however often the
 * branch moves meanwhile.
 *
 * <pre>{@code
 * HubClient hub = new HubClient(HubSettings.of(System.getenv(), Optional.empty()));
 * HubModel model = hub.find(new HubId("owner/name"), "main", List.of(), PullListener.SILENT);
 * hub.pull(model, Path.of("name"), PullListener.SILENT);
 * }</pre>
 */
public final class HubClient {
  /** The branch that a repository has from the start. */
  public static final String DEFAULT_REVISION = "main";

  private static final int MAX_PULLED_FILES = 2000;
  private static final long MAX_TOTAL_BYTES = 4L << 40;
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,18}");
  private static final int SHOWN_NAMES = 12;

  private final HubSettings settings;
  private final RetryPolicy policy;
  private final HubHttp http;
  private final HubRefusals refusals;

  /** A client that is as patient as a person at a terminal. */
  public HubClient(HubSettings settings) {
    this(settings, RetryPolicy.DEFAULT);
  }

  HubClient(HubSettings settings, RetryPolicy policy) {
    this.settings = settings;
    this.policy = policy;
    http = new HubHttp(settings, policy.silence());
    refusals = new HubRefusals(settings, http);
  }

  /**
   * Asks what a model has.
   *
   * @param revision a branch, tag or commit
   * @param globs which files to take instead of those that Graft can use; {@code *} and {@code ?}
   *     stand for anything, slashes too. Pickles and programs are not taken even so
   * @throws HubException if there is no such model, it may not be read, or it has nothing to take
   */
  public HubModel find(HubId id, String revision, List<String> globs, PullListener listener)
      throws IOException {
    if (settings.offline()) {
      throw new HubException(
          "HF_HUB_OFFLINE forbids to ask %s for '%s'; unset it to pull"
              .formatted(settings.endpoint(), id));
    }
    if (revision.isBlank()) {
      throw new IllegalArgumentException("the revision is empty; give a branch, tag or commit");
    }
    String what = "model '%s'".formatted(id);
    URI address = listingAddress(id, revision);
    Retries retries = new Retries(policy, listener::onNote);
    byte[] body =
        retries.run(
            what,
            () -> {
              HubHttp.Answer<byte[]> answer = http.small(address);
              if (answer.body().isEmpty()) {
                throw refusals.of(answer, id, revision, what);
              }
              return answer.body().get();
            });
    String place = HubHttp.shown(address);
    ModelListing listing = ModelListing.read(body, place);
    SortedSet<String> names = FileSelection.of(listing.entries().keySet(), globs);
    checkSelection(id, names, listing, globs, place);
    List<HubFile> files = new ArrayList<>();
    for (String name : names) {
      files.add(complete(id, listing, name, retries));
    }
    HubModel model =
        new HubModel(
            id, revision, listing.commit(), files, listing.entries().size() - files.size());
    if (model.sizeBytes() > MAX_TOTAL_BYTES) {
      throw new HubException.Malformed(
          "%s: the files have %d bytes together, at most %d are pulled; take fewer with --include"
              .formatted(place, model.sizeBytes(), MAX_TOTAL_BYTES));
    }
    return model;
  }

  private URI listingAddress(HubId id, String revision) {
    List<String> parts = new ArrayList<>(List.of("api", "models"));
    parts.addAll(List.of(id.text().split("/", -1)));
    parts.addAll(List.of("revision", revision));
    return http.address("blobs=true", parts.toArray(String[]::new));
  }

  private static void checkSelection(
      HubId id, SortedSet<String> names, ModelListing listing, List<String> globs, String place)
      throws HubException {
    for (String name : names) {
      FileNames.checkUsable(name, place);
    }
    FileNames.checkDistinct(names, place);
    if (names.size() > MAX_PULLED_FILES) {
      throw new HubException.Malformed(
          "%s: %d files would be taken, at most %d are pulled; take fewer with --include"
              .formatted(place, names.size(), MAX_PULLED_FILES));
    }
    for (String glob : globs) {
      boolean matches = names.stream().anyMatch(name -> FileSelection.matches(glob, name));
      if (!matches) {
        throw new HubException.NotFound(unmatched(id, glob, listing));
      }
    }
    if (names.isEmpty()) {
      throw new HubException.Malformed(
          "model '%s' has no file that Graft can use, it has %s; take others with --include"
              .formatted(id, some(listing)));
    }
  }

  private static String unmatched(HubId id, String glob, ModelListing listing) {
    Optional<String> forbidden =
        listing.entries().keySet().stream()
            .filter(name -> FileSelection.matches(glob, name))
            .findFirst();
    if (forbidden.isPresent()) {
      return "'%s' matches '%s', which is never pulled: it is a program, may hold one, or cannot be read; take the safetensors or ONNX files"
          .formatted(FileNames.shown(glob), FileNames.shown(forbidden.get()));
    }
    String near = NearestNames.suggestion(glob, listing.entries().keySet());
    return "model '%s' has no file '%s', it has %s; %s"
        .formatted(
            id,
            FileNames.shown(glob),
            some(listing),
            near.isEmpty() ? "see them all with --dry-run --include '*'" : near);
  }

  private static String some(ModelListing listing) {
    List<String> names =
        listing.entries().keySet().stream().limit(SHOWN_NAMES).map(FileNames::shown).toList();
    int more = listing.entries().size() - names.size();
    return "[%s%s]"
        .formatted(String.join(", ", names), more > 0 ? ", %d more".formatted(more) : "");
  }

  /** What a listing leaves out, the file's own headers have. */
  private HubFile complete(HubId id, ModelListing listing, String name, Retries retries)
      throws IOException {
    ModelListing.Entry entry = listing.entries().get(name);
    if (entry == null) {
      throw new IllegalStateException("'%s' is not listed".formatted(name));
    }
    if (entry.digest().isPresent() && entry.sizeBytes().isPresent()) {
      return new HubFile(name, entry.sizeBytes().getAsLong(), entry.digest().get());
    }
    URI address = http.address("", FileDownload.parts(id, listing.commit(), name));
    HubHttp.Answer<byte[]> answer =
        retries.run(
            name,
            () -> {
              HubHttp.Answer<byte[]> head = http.head(address);
              if (head.status() >= 400) {
                throw refusals.of(head, id, listing.commit(), "file '%s'".formatted(name));
              }
              return head;
            });
    Optional<ContentDigest> digest = entry.digest().or(() -> digest(answer));
    OptionalLong size = entry.sizeBytes().isPresent() ? entry.sizeBytes() : size(answer);
    if (digest.isEmpty() || size.isEmpty()) {
      throw new HubException.Malformed(
          "%s: neither the listing nor the headers of '%s' say its size and digest; use an endpoint that does"
              .formatted(settings.endpoint(), name));
    }
    return new HubFile(name, size.getAsLong(), digest.get());
  }

  private static Optional<ContentDigest> digest(HubHttp.Answer<?> answer) {
    // Another host's own tag may have the form of a digest and be none.
    Optional<String> own =
        answer.status() == 200 ? answer.headers().firstValue("ETag") : Optional.empty();
    return answer.first().firstValue("X-Linked-ETag").or(() -> own).flatMap(ContentDigest::ofTag);
  }

  private static OptionalLong size(HubHttp.Answer<?> answer) {
    Optional<String> own =
        answer.status() == 200 ? answer.headers().firstValue("Content-Length") : Optional.empty();
    String size = answer.first().firstValue("X-Linked-Size").or(() -> own).orElse("");
    return SIZE.matcher(size).matches() && Long.parseLong(size) <= ModelListing.MAX_FILE_BYTES
        ? OptionalLong.of(Long.parseLong(size))
        : OptionalLong.empty();
  }

  /**
   * Pulls the files of a model into a directory that must not exist, and that exists afterwards
   * with all of them or not at all. What an interrupted pull has left beside it is used.
   */
  public PullReport pull(HubModel model, Path target, PullListener listener) throws IOException {
    try (Pull pull = new Pull(http, refusals, policy, model, target, listener)) {
      return pull.run();
    }
  }
}
