package dev.graft.store;

import dev.graft.adapter.Adapter;
import dev.graft.signing.SigningKey;
import dev.graft.store.check.Gate;
import dev.graft.store.check.NotWorseThan;
import dev.graft.store.check.PublishCheck;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Names;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What to publish and under which conditions. Filled by one thread, then not changed. */
public final class PublishRequest {
  private final AdapterName adapter;
  private final Optional<Path> directory;
  private final Optional<Adapter> content;
  private final List<ParentLink> parents = new ArrayList<>();
  private final List<Gate> gates = new ArrayList<>();
  private final List<String> tags = new ArrayList<>();
  private final Map<String, Double> metrics = new TreeMap<>();
  private @Nullable String baseDigest;
  private @Nullable String tokenizerDigest;
  private @Nullable String alias;
  private Expected expected = Expected.anything();
  private @Nullable NotWorseThan notWorseThan;
  private @Nullable PublishCheck check;
  private @Nullable SigningKey signingKey;
  private boolean newBaseAllowed;

  private PublishRequest(AdapterName adapter, Optional<Path> directory, Optional<Adapter> content) {
    this.adapter = adapter;
    this.directory = directory;
    this.content = content;
  }

  /** Publish the adapter in a PEFT directory, byte by byte, or in a file of another format. */
  public static PublishRequest of(AdapterName adapter, Path source) {
    return new PublishRequest(adapter, Optional.of(source), Optional.empty());
  }

  /** Publish an adapter, written as a PEFT directory. */
  public static PublishRequest of(AdapterName adapter, Adapter content) {
    return new PublishRequest(adapter, Optional.empty(), Optional.of(content));
  }

  /** Say which base the adapter belongs to; needed where it does not say so itself. */
  public PublishRequest baseDigest(String digest) {
    this.baseDigest = digest;
    return this;
  }

  /** Say which tokenizer the adapter belongs to; needed where it does not say so itself. */
  public PublishRequest tokenizerDigest(String digest) {
    this.tokenizerDigest = digest;
    return this;
  }

  /** Point an alias to the version in the same transaction. */
  public PublishRequest alias(String name) {
    return alias(name, Expected.anything());
  }

  /** As {@link #alias(String)}, if the alias is where it is expected. */
  public PublishRequest alias(String name, Expected where) {
    this.alias = name;
    this.expected = where;
    return this;
  }

  /** Require something of a metric. */
  public PublishRequest require(Gate gate) {
    gates.add(gate);
    return this;
  }

  /** Require that the version is at least as good as a live one; the first version passes. */
  public PublishRequest notWorseThan(NotWorseThan condition) {
    this.notWorseThan = condition;
    return this;
  }

  /** Check the adapter by what the registry does not have, before anything is stored. */
  public PublishRequest check(PublishCheck check) {
    this.check = check;
    return this;
  }

  /** Sign the version in the same transaction, also where it was published before. */
  public PublishRequest sign(SigningKey key) {
    this.signingKey = key;
    return this;
  }

  /** Name what the version was made from. */
  public PublishRequest parent(ParentLink parent) {
    parents.add(parent);
    return this;
  }

  /** Label the version. */
  public PublishRequest tag(String tag) {
    tags.add(tag);
    return this;
  }

  /** Add a metric to those of the training record, or replace one. */
  public PublishRequest metric(String name, double value) {
    if (name.isBlank() || !Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "a metric needs a name and a finite value, found %s=%s"
              .formatted(Names.quote(name), value));
    }
    metrics.put(name, value);
    return this;
  }

  /** Let the version belong to another base or tokenizer than the one before it. */
  public PublishRequest allowNewBase() {
    this.newBaseAllowed = true;
    return this;
  }

  AdapterName adapter() {
    return adapter;
  }

  Optional<Path> directory() {
    return directory;
  }

  Optional<Adapter> content() {
    return content;
  }

  Optional<String> baseDigest() {
    return Optional.ofNullable(baseDigest);
  }

  Optional<String> tokenizerDigest() {
    return Optional.ofNullable(tokenizerDigest);
  }

  Optional<String> alias() {
    return Optional.ofNullable(alias);
  }

  Expected expected() {
    return expected;
  }

  List<Gate> gates() {
    return gates;
  }

  Optional<NotWorseThan> notWorseThan() {
    return Optional.ofNullable(notWorseThan);
  }

  Optional<PublishCheck> check() {
    return Optional.ofNullable(check);
  }

  Optional<SigningKey> signingKey() {
    return Optional.ofNullable(signingKey);
  }

  List<ParentLink> parents() {
    return parents;
  }

  List<String> tags() {
    return tags;
  }

  Map<String, Double> metrics() {
    return metrics;
  }

  boolean newBaseAllowed() {
    return newBaseAllowed;
  }
}
