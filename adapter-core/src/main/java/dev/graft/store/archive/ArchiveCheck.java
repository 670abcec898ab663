package dev.graft.store.archive;

import dev.graft.store.archive.ArchivedAdapter.ArchivedAlias;
import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedVersion.ArchivedFile;
import dev.graft.store.archive.ArchivedVersion.ArchivedParent;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.Names;
import dev.graft.store.model.Texts;
import dev.graft.store.model.VersionState;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Checks that an archive's document describes a tenant as a registry could have it: names, limits,
 * and that whatever is referred to is there. All its methods throw {@link IllegalArgumentException}
 * with the place and the problem.
 */
final class ArchiveCheck {
  static final int MAX_ADAPTERS = 10_000;
  static final int MAX_VERSIONS = 100_000;

  private static final int MAX_NUMBER = 999_999_999;
  private static final int MAX_LIST = 1000;
  private static final int MAX_MOVES = 100_000;
  private static final int MAX_FILES = 10;
  private static final int MAX_WORD = 100;

  private final ArchivedTenant tenant;
  private final Map<String, ArchivedAdapter> adapters = new HashMap<>();
  private final Map<String, ArchivedVersion> newest = new HashMap<>();
  private final Set<String> seen = new HashSet<>();
  private final SortedMap<String, ArchivedFile> contents = new TreeMap<>();

  private ArchiveCheck(ArchivedTenant tenant) {
    this.tenant = tenant;
  }

  /**
   * Check a document.
   *
   * @return the contents it refers to, each once, by digest
   */
  static SortedMap<String, ArchivedFile> contents(ArchivedTenant tenant) {
    ArchiveCheck check = new ArchiveCheck(tenant);
    check.head();
    for (ArchivedAdapter adapter : tenant.adapters()) {
      at("adapter " + Names.quote(adapter.name()), () -> check.add(adapter));
    }
    for (ArchivedVersion version : tenant.versions()) {
      at("version " + Names.quote(version.label()), () -> check.add(version));
    }
    for (ArchivedAdapter adapter : tenant.adapters()) {
      at("adapter " + Names.quote(adapter.name()), () -> check.newest(adapter));
    }
    return check.contents;
  }

  /** Say where a problem is. */
  static void at(String place, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(place + ": " + e.getMessage(), e);
    }
  }

  static void require(boolean holds, Supplier<String> problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem.get());
    }
  }

  static void requireAtMost(int max, String what, Collection<?> found) {
    require(
        found.size() <= max,
        () -> "there are %d %s, at most %d are taken".formatted(found.size(), what, max));
  }

  private void head() {
    Texts.check("storeId", tenant.storeId(), MAX_WORD);
    Names.check("tenant", tenant.tenant());
    texts(tenant.author(), tenant.note());
    tenant.limits();
    requireAtMost(MAX_ADAPTERS, "adapters", tenant.adapters());
    requireAtMost(MAX_VERSIONS, "versions", tenant.versions());
  }

  static void texts(String author, String note) {
    require(!author.isBlank(), () -> "the author is empty");
    Texts.check("author", author, Texts.MAX_AUTHOR);
    Texts.check("note", note, Texts.MAX_NOTE);
  }

  private void add(ArchivedAdapter adapter) {
    Names.check("adapter", adapter.name());
    require(adapters.put(adapter.name(), adapter) == null, () -> "it is listed twice");
    AdapterReference.checkDigest("base digest", adapter.baseDigest());
    AdapterReference.checkDigest("tokenizer digest", adapter.tokenizerDigest());
    require(
        adapter.nextVersion() >= 2 && adapter.nextVersion() <= MAX_NUMBER,
        () ->
            "its nextVersion is %d, expected 2 to %d".formatted(adapter.nextVersion(), MAX_NUMBER));
  }

  private void add(ArchivedVersion version) {
    ArchivedAdapter adapter = adapters.get(version.adapter());
    if (adapter == null) {
      throw new IllegalArgumentException("its adapter is not listed");
    }
    ArchivedVersion before = newest.put(version.adapter(), version);
    int least = before == null ? 1 : before.number() + 1;
    require(
        version.number() >= least && version.number() < adapter.nextVersion(),
        () ->
            "its number is not among %d to %d, what is left up to nextVersion"
                .formatted(least, adapter.nextVersion() - 1));
    require(
        VersionState.parse(version.state()) != VersionState.DELETED,
        () -> "it is deleted, and deleted versions are not in an archive");
    facts(version);
    texts(version.author(), version.note());
    labels(version);
    files(version);
    parents(version);
    ArchivedSignatureCheck.check(version.signatures());
    seen.add(version.label());
  }

  private static void facts(ArchivedVersion version) {
    AdapterReference.checkDigest("digest", version.digest());
    AdapterReference.checkDigest("manifest", version.manifest());
    AdapterReference.checkDigest("base digest", version.baseDigest());
    AdapterReference.checkDigest("tokenizer digest", version.tokenizerDigest());
    Texts.check("type", version.type(), MAX_WORD);
    require(version.rank() >= 0, () -> "its rank is negative");
  }

  private static void labels(ArchivedVersion version) {
    requireAtMost(MAX_LIST, "metrics", version.metrics().keySet());
    version
        .metrics()
        .forEach(
            (name, value) -> {
              Texts.check("metric", name, Texts.MAX_NOTE);
              require(
                  !name.isBlank() && Double.isFinite(value),
                  () -> "metric %s is not finite, or has no name".formatted(Names.quote(name)));
            });
    requireAtMost(MAX_LIST, "tags", version.tags());
    version.tags().forEach(tag -> Names.check("tag", tag));
    require(
        new HashSet<>(version.tags()).size() == version.tags().size(), () -> "it has a tag twice");
  }

  private void files(ArchivedVersion version) {
    requireAtMost(MAX_FILES, "files", version.files());
    Set<String> names = new HashSet<>();
    long size = 0;
    for (ArchivedFile file : version.files()) {
      require(names.add(file.name()), () -> "it has a file twice");
      AdapterReference.checkDigest("digest of a file", file.digest());
      ArchivedFile other = contents.putIfAbsent(file.digest(), file);
      require(
          file.sizeBytes() >= 0 && (other == null || other.sizeBytes() == file.sizeBytes()),
          () -> "content %s has two sizes, or a negative one".formatted(file.digest()));
      size = addUp(size, file.sizeBytes());
    }
    long total = size;
    require(
        total == version.sizeBytes(),
        () -> "its sizeBytes is %d, its files have %d bytes".formatted(version.sizeBytes(), total));
  }

  private static long addUp(long one, long other) {
    try {
      return Math.addExact(one, other);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("its sizes add up to more than there can be", e);
    }
  }

  private void parents(ArchivedVersion version) {
    requireAtMost(MAX_LIST, "parents", version.parents());
    require(version.parentsLeftOut() >= 0, () -> "its parentsLeftOut is negative");
    for (ArchivedParent parent : version.parents()) {
      require(
          seen.contains(parent.adapter() + "@" + parent.version()),
          () ->
              "its parent %s is not among the versions before it"
                  .formatted(Names.quote(parent.adapter() + "@" + parent.version())));
      Names.check("relation", parent.relation());
      Double weight = parent.weight();
      require(weight == null || Double.isFinite(weight), () -> "a weight is not finite");
    }
  }

  /** What the newest version and the aliases say of each other. */
  private void newest(ArchivedAdapter adapter) {
    ArchivedVersion last = newest.get(adapter.name());
    require(
        last == null
            || last.number() + 1 < adapter.nextVersion()
            || (last.baseDigest().equals(adapter.baseDigest())
                && last.tokenizerDigest().equals(adapter.tokenizerDigest())),
        () -> "its base or tokenizer is not that of its newest version");
    requireAtMost(MAX_LIST, "aliases", adapter.aliases());
    Set<String> names = new HashSet<>();
    for (ArchivedAlias alias : adapter.aliases()) {
      Names.check("alias", alias.name());
      require(
          names.add(alias.name()),
          () -> "alias %s is listed twice".formatted(Names.quote(alias.name())));
      at("alias " + Names.quote(alias.name()), () -> moves(adapter, alias));
    }
  }

  private void moves(ArchivedAdapter adapter, ArchivedAlias alias) {
    List<ArchivedMove> moves = alias.moves();
    require(!moves.isEmpty(), () -> "it has no moves");
    requireAtMost(MAX_MOVES, "moves", moves);
    for (int i = 0; i < moves.size(); i++) {
      int revision = i + 1;
      at("revision " + revision, () -> move(adapter, moves, revision));
    }
    Integer target = alias.target();
    require(
        target == null || seen.contains(adapter.name() + "@" + target),
        () -> "it points to version %d, which is not there".formatted(target));
  }

  private static void move(ArchivedAdapter adapter, List<ArchivedMove> moves, int revision) {
    ArchivedMove move = moves.get(revision - 1);
    require(
        move.revision() == revision,
        () -> "found revision %d; they count without gaps".formatted(move.revision()));
    texts(move.author(), move.note());
    AliasMove.Kind kind = kind(move.kind());
    Integer version = move.version();
    require(
        kind == AliasMove.Kind.REMOVE
            ? version == null
            : version != null && version >= 1 && version < adapter.nextVersion(),
        () -> "a %s cannot lead to version %s".formatted(move.kind(), version));
    Integer undo = move.undo();
    require(
        undo == null || (undo >= 1 && undo < revision && moves.get(undo - 1).version() != null),
        () -> "it cannot be undone to revision %s".formatted(undo));
  }

  private static AliasMove.Kind kind(String text) {
    for (AliasMove.Kind kind : AliasMove.Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(text)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("kind %s is unknown".formatted(Names.quote(text)));
  }
}
