package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.files.Digests;
import dev.graft.store.blob.Blob;
import dev.graft.store.blob.BlobStore;
import dev.graft.store.check.AdapterFacts;
import dev.graft.store.check.Metrics;
import dev.graft.store.check.PublishCheck;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.Names;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.VersionFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * Publishes versions: copy and check, store the blobs, then write the index in one transaction,
 * which looks again that the blobs are there. Collecting garbage deletes only inside such a
 * transaction, so a blob that was seen there stays.
 */
final class Publisher {
  private final Index index;
  private final BlobStore blobs;
  private final Path temporary;
  private final VersionRecorder recorder;

  Publisher(Index index, BlobStore blobs, Path temporary, VersionRecorder recorder) {
    this.index = index;
    this.blobs = blobs;
    this.temporary = temporary;
    this.recorder = recorder;
  }

  PublishResult publish(PublishRequest request, Change change) throws IOException {
    request.alias().ifPresent(alias -> Names.check("alias", alias));
    request.tags().forEach(tag -> Names.check("tag", tag));
    index.read("look up " + request.adapter(), s -> Finder.tenant(s, request.adapter().tenant()));
    try (Staging staging = Staging.of(request, temporary)) {
      AdapterFacts facts = AdapterFacts.of(staging.adapter());
      Optional<PublishCheck.Findings> checked = check(request, staging.adapter());
      Candidate candidate = candidate(request, staging, facts, checked, change.dryRun());
      String doing = "publish " + request.adapter();
      try {
        return index.write(
            doing, change.dryRun(), session -> record(session, request, candidate, change));
      } catch (BlobCollectedException e) {
        // Storing again inside the transaction cannot be overtaken; it only makes others wait.
        return index.write(
            doing,
            change.dryRun(),
            session ->
                record(
                    session, request, candidate(request, staging, facts, checked, false), change));
      }
    }
  }

  private static Optional<PublishCheck.Findings> check(PublishRequest request, Adapter adapter)
      throws IOException {
    if (request.check().isEmpty()) {
      return Optional.empty();
    }
    PublishCheck.Findings found = request.check().get().check(adapter);
    if (!found.failures().isEmpty()) {
      throw new PublishRefusedException(
          "%s is not published: %s"
              .formatted(request.adapter(), String.join("; ", found.failures())));
    }
    return Optional.of(found);
  }

  private Candidate candidate(
      PublishRequest request,
      Staging staging,
      AdapterFacts facts,
      Optional<PublishCheck.Findings> checked,
      boolean dryRun)
      throws IOException {
    List<VersionFile> files = new ArrayList<>();
    for (Path file : staging.files()) {
      files.add(store(file, dryRun));
    }
    byte[] manifest = Manifest.write(staging.adapter().digest(), facts, files);
    files.add(store(manifest, dryRun));
    SortedMap<String, Double> metrics = Metrics.of(staging.adapter().record().training());
    for (Map.Entry<String, Double> given : request.metrics().entrySet()) {
      metrics.put(given.getKey(), given.getValue());
    }
    List<String> warnings = new ArrayList<>(staging.warnings());
    checked.ifPresent(found -> warnings.addAll(found.warnings()));
    OptionalInt probes =
        checked.isPresent() ? OptionalInt.of(checked.get().probes()) : OptionalInt.empty();
    return new Candidate(staging.adapter().digest(), facts, files, metrics, probes, warnings);
  }

  private VersionFile store(Path file, boolean dryRun) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (dryRun) {
      return VersionFile.plain(name, Digests.ofFile(file), Files.size(file));
    }
    try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
      Blob blob = blobs.put(content);
      return VersionFile.plain(name, blob.digest(), blob.sizeBytes());
    }
  }

  private VersionFile store(byte[] manifest, boolean dryRun) throws IOException {
    if (dryRun) {
      return VersionFile.plain(Manifest.FILE, Digests.ofBytes(manifest), manifest.length);
    }
    Blob blob = blobs.put(Channels.newChannel(new ByteArrayInputStream(manifest)));
    return VersionFile.plain(Manifest.FILE, blob.digest(), blob.sizeBytes());
  }

  private PublishResult record(
      Session session, PublishRequest request, Candidate candidate, Change change)
      throws IOException {
    PublishResult result = recorder.record(session, request, candidate, change);
    if (!change.dryRun()) {
      for (VersionFile file : candidate.files()) {
        if (blobs.size(file.blob()).orElse(-1) != file.blobBytes()) {
          throw new BlobCollectedException(file.blob());
        }
      }
    }
    return result;
  }

  /** A blob was collected between being stored and being referred to. */
  private static final class BlobCollectedException extends IOException {
    BlobCollectedException(String digest) {
      super("blob %s was collected".formatted(digest));
    }
  }
}
