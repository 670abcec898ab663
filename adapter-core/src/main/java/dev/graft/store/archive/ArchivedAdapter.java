package dev.graft.store.archive;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An adapter in an archive, without its versions.
 *
 * @param name what the tenant calls it
 * @param baseDigest the base of the newest version, also where that one is deleted
 * @param tokenizerDigest the tokenizer likewise
 * @param nextVersion the number that the next version gets
 * @param aliases all it ever had, by name
 */
public record ArchivedAdapter(
    String name,
    String baseDigest,
    String tokenizerDigest,
    int nextVersion,
    List<ArchivedAlias> aliases) {
  /** Copy the list. */
  public ArchivedAdapter {
    aliases = List.copyOf(aliases);
  }

  /**
   * An alias with its history; where its last move has a version, it points there.
   *
   * @param name the alias
   * @param moves every move, oldest first
   */
  public record ArchivedAlias(String name, List<ArchivedMove> moves) {
    /** Copy the list. */
    public ArchivedAlias {
      moves = List.copyOf(moves);
    }

    /** The version it points to; null where it was removed. */
    public @Nullable Integer target() {
      return moves.get(moves.size() - 1).version();
    }
  }

  /**
   * A move of an alias.
   *
   * @param revision 1 for the first
   * @param kind {@code promote}, {@code rollback} or {@code remove}
   * @param version where the alias points after it; null where it was removed
   * @param undo the revision that a rollback from here goes back to; null for none
   * @param author who moved it
   * @param time when
   * @param note why
   */
  public record ArchivedMove(
      int revision,
      String kind,
      @JsonSetter(nulls = Nulls.SET) @Nullable Integer version,
      @JsonSetter(nulls = Nulls.SET) @Nullable Integer undo,
      String author,
      Instant time,
      String note) {}
}
