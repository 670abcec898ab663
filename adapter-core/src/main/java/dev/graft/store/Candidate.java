package dev.graft.store;

import dev.graft.store.check.AdapterFacts;
import dev.graft.store.model.VersionFile;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * A version that is stored and not yet recorded.
 *
 * @param digest what it computes
 * @param facts what it belongs to
 * @param files its files, the manifest last
 * @param keyId the key that encrypts them; empty for none
 * @param metrics how good it is
 * @param probesChecked how many probes answered as recorded; empty without a check
 * @param warnings what its reader and its check let pass
 */
record Candidate(
    String digest,
    AdapterFacts facts,
    List<VersionFile> files,
    String keyId,
    SortedMap<String, Double> metrics,
    OptionalInt probesChecked,
    List<String> warnings) {
  Candidate {
    files = List.copyOf(files);
    warnings = List.copyOf(warnings);
  }

  String manifest() {
    return files.get(files.size() - 1).digest();
  }

  long sizeBytes() {
    return files.stream().mapToLong(VersionFile::sizeBytes).sum();
  }
}
