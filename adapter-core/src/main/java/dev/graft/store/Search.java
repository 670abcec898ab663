package dev.graft.store;

import dev.graft.store.check.Gate;
import dev.graft.store.index.VersionFilter;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which versions to look for; what is not set does not narrow. Filled by one thread. Deleted
 * versions are found only when asked for.
 */
public final class Search {
  /** The most that is looked through for metrics. */
  private static final int MAX_SCANNED = 1_000_000;

  private final List<Gate> metrics = new ArrayList<>();
  private final Set<VersionState> states = EnumSet.noneOf(VersionState.class);
  private @Nullable String tenant;
  private @Nullable String text;
  private @Nullable String tag;
  private @Nullable String baseDigest;
  private @Nullable String digest;
  private @Nullable String type;
  private int limit = 100;

  /** Of one tenant. */
  public Search tenant(String name) {
    this.tenant = name;
    return this;
  }

  /** With this text in the adapter's name, the author or the note. */
  public Search text(String part) {
    this.text = part;
    return this;
  }

  /** With this label. */
  public Search tag(String label) {
    this.tag = label;
    return this;
  }

  /** For this base. */
  public Search baseDigest(String base) {
    this.baseDigest = base;
    return this;
  }

  /** That compute what this digest identifies. */
  public Search digest(String content) {
    this.digest = content;
    return this;
  }

  /** Of this type, in PEFT's word. */
  public Search type(String peftType) {
    this.type = peftType;
    return this;
  }

  /** In this state, or one of those given before. */
  public Search state(VersionState state) {
    states.add(state);
    return this;
  }

  /** With this metric. */
  public Search metric(Gate condition) {
    metrics.add(condition);
    return this;
  }

  /** At most so many, the newest. */
  public Search limit(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("limit must be at least 1, found " + most);
    }
    this.limit = most;
    return this;
  }

  VersionFilter filter() {
    return new VersionFilter(
        Optional.ofNullable(tenant),
        Optional.ofNullable(text),
        Optional.ofNullable(tag),
        Optional.ofNullable(baseDigest),
        Optional.ofNullable(digest),
        Optional.ofNullable(type),
        states.isEmpty() ? EnumSet.complementOf(EnumSet.of(VersionState.DELETED)) : states,
        metrics.isEmpty() ? limit : MAX_SCANNED);
  }

  List<Version> narrow(List<Version> found) {
    return found.stream()
        .filter(
            version -> metrics.stream().allMatch(gate -> gate.failure(version.metrics()).isEmpty()))
        .limit(limit)
        .toList();
  }
}
