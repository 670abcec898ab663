package dev.graft.store;

import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Names;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Moves aliases inside a transaction.
 *
 * <p>Every move remembers in {@code undo} which earlier move a rollback goes back to. A rollback is
 * a move too; it takes over the {@code undo} of the move it goes back to, so the next rollback goes
 * one further.
 */
final class AliasMover {
  private final Auditor auditor;

  AliasMover(Auditor auditor) {
    this.auditor = auditor;
  }

  /** Point an alias to a version. An alias that points there already is left alone. */
  AliasChange promote(
      Session session, Version version, String alias, Expected expected, Change change)
      throws StoreException {
    Names.check("alias", alias);
    AdapterName adapter = version.adapter();
    List<String> warnings = Trust.require(session, version, session.files().of(version));
    Optional<Alias> before = expect(session, adapter, alias, expected);
    if (before.isPresent() && before.get().version() == version.number()) {
      return new AliasChange(before, before, List.of(), warnings);
    }
    Optional<AliasMove> last = session.aliases().lastMove(adapter, alias);
    OptionalInt undo =
        before.isPresent() && last.isPresent()
            ? OptionalInt.of(last.get().revision())
            : OptionalInt.empty();
    Alias after =
        move(
            session,
            adapter,
            alias,
            AliasMove.Kind.PROMOTE,
            OptionalInt.of(version.number()),
            undo,
            before,
            change);
    return new AliasChange(before, Optional.of(after), List.of(), warnings);
  }

  /** Let an alias go back to where it pointed before; versions not served are skipped. */
  AliasChange rollback(
      Session session, AdapterName adapter, String alias, Expected expected, Change change)
      throws IOException {
    Names.check("alias", alias);
    Finder.adapter(session, adapter);
    Optional<Alias> before = expect(session, adapter, alias, expected);
    Optional<AliasMove> target = undone(session, adapter, alias, lastMove(session, adapter, alias));
    List<Integer> skipped = new ArrayList<>();
    while (target.isPresent() && !isServed(session, adapter, target.get())) {
      skipped.add(target.get().version().orElseThrow());
      target = undone(session, adapter, alias, target.get());
    }
    AliasMove back =
        target.orElseThrow(
            () ->
                new NotInStoreException(
                    "alias \"%s\" of %s has nothing to go back to%s; promote a version instead"
                        .formatted(
                            alias,
                            adapter,
                            skipped.isEmpty()
                                ? ""
                                : ": the versions "
                                    + skipped
                                    + " are blocked, deleted or not signed")));
    Alias after =
        move(
            session,
            adapter,
            alias,
            AliasMove.Kind.ROLLBACK,
            back.version(),
            back.undo(),
            before,
            change);
    return new AliasChange(before, Optional.of(after), skipped);
  }

  private static AliasMove lastMove(Session session, AdapterName adapter, String alias)
      throws NotInStoreException {
    return session
        .aliases()
        .lastMove(adapter, alias)
        .orElseThrow(
            () ->
                new NotInStoreException(
                    "%s never had an alias \"%s\"; it has had %s"
                        .formatted(adapter, alias, session.aliases().everNamed(adapter))));
  }

  private static Optional<AliasMove> undone(
      Session session, AdapterName adapter, String alias, AliasMove move) {
    return move.undo().isPresent()
        ? session.aliases().move(adapter, alias, move.undo().getAsInt())
        : Optional.empty();
  }

  private static boolean isServed(Session session, AdapterName adapter, AliasMove move)
      throws StoreException {
    Optional<Version> version = session.versions().find(adapter, move.version().orElseThrow());
    return version.isPresent()
        && version.get().state().isServed()
        && Trust.isAcceptable(session, version.get());
  }

  /** Remove an alias; a rollback brings it back. */
  AliasChange remove(
      Session session, AdapterName adapter, String alias, Expected expected, Change change)
      throws IOException {
    Finder.version(session, adapter.alias(alias));
    Optional<Alias> before = expect(session, adapter, alias, expected);
    AliasMove last = lastMove(session, adapter, alias);
    move(
        session,
        adapter,
        alias,
        AliasMove.Kind.REMOVE,
        OptionalInt.empty(),
        OptionalInt.of(last.revision()),
        before,
        change);
    return new AliasChange(before, Optional.empty(), List.of());
  }

  private static Optional<Alias> expect(
      Session session, AdapterName adapter, String alias, Expected expected)
      throws AliasConflictException {
    Optional<Alias> found = session.aliases().find(adapter, alias);
    if (!expected.holds(found)) {
      throw new AliasConflictException(
          "alias \"%s\" of %s was moved meanwhile: expected %s, found %s; look at its history and decide again"
              .formatted(
                  alias,
                  adapter,
                  expected,
                  found
                      .map(a -> "version %d, revision %d".formatted(a.version(), a.revision()))
                      .orElse("no such alias")),
          found);
    }
    return found;
  }

  private Alias move(
      Session session,
      AdapterName adapter,
      String alias,
      AliasMove.Kind kind,
      OptionalInt version,
      OptionalInt undo,
      Optional<Alias> before,
      Change change) {
    int revision =
        session.aliases().lastMove(adapter, alias).map(AliasMove::revision).orElse(0) + 1;
    AuditDetail detail = new AuditDetail().with("revision", revision);
    before.ifPresent(found -> detail.with("before", found.version()));
    version.ifPresent(number -> detail.with("after", number));
    AuditLine line =
        auditor.write(
            session,
            change,
            adapter.tenant(),
            kind == AliasMove.Kind.REMOVE ? "remove-alias" : kind.name().toLowerCase(Locale.ROOT),
            adapter + ":" + alias,
            detail);
    session
        .aliases()
        .apply(
            adapter,
            alias,
            new AliasMove(
                revision,
                kind,
                version,
                undo,
                change.author(),
                line.time(),
                change.note(),
                line.sequence()));
    return new Alias(adapter, alias, version.orElse(0), revision);
  }
}
