package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.store.check.AdapterFacts;
import dev.graft.store.check.Metrics;
import dev.graft.store.check.PublishCheck;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.keys.DataKey;
import dev.graft.store.model.Names;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.VersionFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;

/**
 * Publishes versions: copy and check, store the blobs, then write the index in one transaction,
 * which looks again that the blobs are there. Collecting garbage deletes only inside such a
 * transaction, so a blob that was seen there stays.
 */
final class Publisher {
  private final Index index;
  private final Contents contents;
  private final Path temporary;
  private final VersionRecorder recorder;

  Publisher(Index index, Contents contents, Path temporary, VersionRecorder recorder) {
    this.index = index;
    this.contents = contents;
    this.temporary = temporary;
    this.recorder = recorder;
  }

  PublishResult publish(PublishRequest request, Change change) throws IOException {
    request.alias().ifPresent(alias -> Names.check("alias", alias));
    request.tags().forEach(tag -> Names.check("tag", tag));
    String doing = "publish " + request.adapter();
    Tenant tenant = index.read(doing, session -> tenant(session, request));
    try (Staging staging = Staging.of(request, temporary)) {
      AdapterFacts facts = AdapterFacts.of(staging.adapter());
      Optional<PublishCheck.Findings> found = check(request, staging.adapter());
      Passed passed = new Passed(staging, facts, found);
      Candidate candidate = candidate(tenant, request, passed, change.dryRun());
      try {
        return index.write(
            doing, change.dryRun(), session -> record(session, request, candidate, change));
      } catch (OvertakenException e) {
        // Storing again inside the transaction cannot be overtaken; it only makes others wait.
        return index.write(
            doing,
            change.dryRun(),
            session -> {
              Tenant now = tenant(session, request);
              return record(session, request, candidate(now, request, passed, false), change);
            });
      }
    }
  }

  private static Tenant tenant(Session session, PublishRequest request) throws StoreException {
    return Finder.activeTenant(session, request.adapter().tenant());
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

  /** What has passed its checks: a copy, what it belongs to, and what its check found if any. */
  private record Passed(
      Staging staging, AdapterFacts facts, Optional<PublishCheck.Findings> found) {}

  private Candidate candidate(Tenant tenant, PublishRequest request, Passed passed, boolean dryRun)
      throws IOException {
    Optional<DataKey> key = contents.key(tenant.name(), tenant.keyId());
    Staging staging = passed.staging();
    List<VersionFile> files = new ArrayList<>();
    for (Path file : staging.files()) {
      String name = String.valueOf(file.getFileName());
      files.add(store(name, Contents.Source.of(file), key, dryRun));
    }
    byte[] manifest = Manifest.write(staging.adapter().digest(), passed.facts(), files);
    files.add(store(Manifest.FILE, Contents.Source.of(manifest), key, dryRun));
    SortedMap<String, Double> metrics = Metrics.of(staging.adapter().record().training());
    for (Map.Entry<String, Double> given : request.metrics().entrySet()) {
      metrics.put(given.getKey(), given.getValue());
    }
    List<String> warnings = new ArrayList<>(staging.warnings());
    passed.found().ifPresent(found -> warnings.addAll(found.warnings()));
    OptionalInt probes =
        passed.found().isPresent()
            ? OptionalInt.of(passed.found().get().probes())
            : OptionalInt.empty();
    return new Candidate(
        staging.adapter().digest(),
        passed.facts(),
        files,
        tenant.keyId(),
        metrics,
        probes,
        warnings);
  }

  private VersionFile store(
      String name, Contents.Source content, Optional<DataKey> key, boolean dryRun)
      throws StoreException {
    return dryRun ? contents.plan(name, content, key) : contents.put(name, content, key);
  }

  private PublishResult record(
      Session session, PublishRequest request, Candidate candidate, Change change)
      throws IOException {
    if (!tenant(session, request).keyId().equals(candidate.keyId())) {
      throw new OvertakenException("the tenant has another key now");
    }
    PublishResult result = recorder.record(session, request, candidate, change);
    if (!change.dryRun()) {
      Set<VersionFile> missing = contents.missing(candidate.files());
      if (!missing.isEmpty()) {
        throw new OvertakenException("these were collected: " + missing);
      }
    }
    return result;
  }

  /** Something was done between storing blobs and recording them. */
  private static final class OvertakenException extends IOException {
    OvertakenException(String what) {
      super(what);
    }
  }
}
