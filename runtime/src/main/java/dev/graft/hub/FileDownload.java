package dev.graft.hub;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings one file into the staging folder: what is missing of it, and never a wrong byte. */
final class FileDownload {
  private static final Pattern RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18})");
  private static final Pattern STRONG_TAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{0,200}\"");

  private final HubHttp http;
  private final HubRefusals refusals;
  private final Retries retries;
  private final Staging staging;
  private final HubModel model;
  private final HubFile file;
  private final PullCounter counter;
  private final AtomicLong furthest = new AtomicLong();
  private boolean begunAnew;

  FileDownload(
      HubHttp http,
      HubRefusals refusals,
      Retries retries,
      Staging staging,
      HubModel model,
      HubFile file,
      PullCounter counter) {
    this.http = http;
    this.refusals = refusals;
    this.retries = retries;
    this.staging = staging;
    this.model = model;
    this.file = file;
    this.counter = counter;
  }

  /** Brings it, unless it is there. */
  void run() throws IOException {
    Path content = staging.content(file);
    if (Files.isRegularFile(content, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.size(content) == file.sizeBytes()
          && file.digest().computed(content).equals(file.digest())) {
        counter.kept(file.sizeBytes());
        return;
      }
      Files.delete(content);
    }
    counter.kept(usable());
    retries.run(
        file.name(),
        furthest::get,
        () -> {
          attempt();
          return file;
        });
    staging.complete(file);
  }

  private void attempt() throws IOException {
    long have = usable();
    boolean resumed = have > 0;
    if (file.sizeBytes() == 0) {
      staging.begin(file, new Staging.Source(file.digest().toString(), ""));
      Files.deleteIfExists(staging.part(file));
      Files.createFile(staging.part(file));
    } else if (have < file.sizeBytes()) {
      fetch(have);
    }
    ContentDigest found = file.digest().computed(staging.part(file));
    if (found.equals(file.digest())) {
      return;
    }
    forget();
    if (resumed && !begunAnew) {
      begunAnew = true;
      throw new HubException.Passing("what an earlier attempt left has a wrong digest", null);
    }
    throw new HubException.Corrupt(
        "'%s' has digest %s, the listing of '%s' says %s; pull again, from another endpoint if it stays so"
            .formatted(file.name(), found, model.id(), file.digest()));
  }

  /** Bytes of the part that may be continued; a part of something else is removed. */
  private long usable() throws IOException {
    Path part = staging.part(file);
    boolean known = staging.source(file).digest().equals(file.digest().toString());
    if (known && Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)) {
      long size = Files.size(part);
      if (size <= file.sizeBytes()) {
        return size;
      }
    }
    staging.discard(file);
    return 0;
  }

  private void forget() throws IOException {
    counter.lost(Files.size(staging.part(file)));
    staging.discard(file);
  }

  private void fetch(long have) throws IOException {
    Map<String, String> headers = new HashMap<>();
    String tag = staging.source(file).tag();
    if (have > 0) {
      headers.put("Range", "bytes=%d-".formatted(have));
      if (STRONG_TAG.matcher(tag).matches()) {
        headers.put("If-Range", tag);
      }
    }
    HubHttp.Answer<Long> answer;
    try (Fetch fetch = new Fetch(have, tag)) {
      answer = http.get(address(), headers, fetch);
    }
    if (answer.status() == 416 && have > 0) {
      forget();
      throw new HubException.Passing("the server has no byte %d".formatted(have), null);
    }
    if (answer.body().isEmpty()) {
      throw refusals.of(
          answer,
          model.id(),
          model.revision(),
          "file '%s' of '%s'".formatted(file.name(), model.id()));
    }
  }

  private URI address() {
    return http.address("", parts(model.id(), model.commit(), file.name()));
  }

  /** The parts of a file's address. */
  static String[] parts(HubId id, String commit, String name) {
    return Stream.of(
            id.text().split("/", -1), new String[] {"resolve", commit}, name.split("/", -1))
        .flatMap(Arrays::stream)
        .toArray(String[]::new);
  }

  private void checkRange(HttpHeaders headers, long have, String given, String tag)
      throws IOException {
    String range = headers.firstValue("Content-Range").orElse("");
    Matcher matcher = RANGE.matcher(range);
    boolean asked =
        have > 0
            && matcher.matches()
            && Long.parseLong(matcher.group(1)) == have
            && Long.parseLong(matcher.group(2)) == file.sizeBytes();
    boolean sameTag = tag.isEmpty() || given.isEmpty() || tag.equals(given);
    if (!asked || !sameTag) {
      if (have > 0) {
        forget();
      }
      throw new HubException.Passing(
          "the server gave another range (%s)".formatted(FileNames.shown(range)), null);
    }
  }

  /**
   * One request, appended to the part as its bytes come. Once closed it writes nothing more, even
   * where the connection has not noticed yet that nobody waits for it.
   */
  private final class Fetch
      implements HubHttp.Receiver<Long>, BodySink.Target<Long>, AutoCloseable {
    private final long have;
    private final String tag;
    private @Nullable FileChannel channel;
    private long position;
    private boolean over;

    Fetch(long have, String tag) {
      this.have = have;
      this.tag = tag;
    }

    @Override
    public synchronized BodySink.Target<Long> receive(int status, HttpHeaders headers)
        throws IOException {
      requireOpen();
      String given = headers.firstValue("ETag").orElse("");
      long start = status == 206 ? have : 0;
      if (status == 206) {
        checkRange(headers, have, given, tag);
      }
      long length = headers.firstValueAsLong("Content-Length").orElse(file.sizeBytes() - start);
      if (length != file.sizeBytes() - start) {
        throw new HubException.Corrupt(
            "'%s' has %d bytes at the server, the listing of '%s' says %d; pull again"
                .formatted(file.name(), start + length, model.id(), file.sizeBytes()));
      }
      begin(start, given);
      return this;
    }

    private void begin(long start, String given) throws IOException {
      if (start == 0) {
        counter.lost(have);
        String strong = STRONG_TAG.matcher(given).matches() ? given : "";
        staging.begin(file, new Staging.Source(file.digest().toString(), strong));
      }
      FileChannel opened =
          FileChannel.open(
              staging.part(file),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      channel = opened;
      opened.truncate(start);
      position = start;
    }

    @Override
    public synchronized void take(ByteBuffer chunk) throws IOException {
      requireOpen();
      FileChannel open = Objects.requireNonNull(channel);
      int count = chunk.remaining();
      if (count > file.sizeBytes() - position) {
        throw new HubException.Corrupt(
            "'%s' has more bytes than the %d that the listing of '%s' says; pull again"
                .formatted(file.name(), file.sizeBytes(), model.id()));
      }
      while (chunk.hasRemaining()) {
        position += open.write(chunk, position);
      }
      furthest.accumulateAndGet(position, Math::max);
      counter.transferred(count);
    }

    @Override
    public synchronized Long finish() throws IOException {
      if (position < file.sizeBytes()) {
        throw new HubException.Passing(
            "the connection ended after %d of %d bytes".formatted(position, file.sizeBytes()),
            null);
      }
      return position;
    }

    private void requireOpen() throws HubException {
      if (over) {
        throw new HubException("nobody waits for '%s' any more".formatted(file.name()));
      }
    }

    @Override
    public synchronized void close() throws IOException {
      over = true;
      if (channel != null) {
        channel.close();
      }
    }
  }
}
