package dev.graft.store;

import dev.graft.store.index.Index;
import dev.graft.store.index.Parents;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Parent;
import dev.graft.store.model.Version;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Walks from a version to its ancestors and to its descendants. */
final class LineageReader {
  private final Index index;

  LineageReader(Index index) {
    this.index = index;
  }

  Lineage of(AdapterReference reference) throws IOException {
    return index.read(
        "read the lineage of " + reference,
        session -> {
          Version root = Finder.version(session, reference);
          Map<AdapterReference, Version> members = new LinkedHashMap<>();
          addAncestors(session, root, members);
          addDescendants(session, root, members);
          List<Version> sorted =
              members.values().stream()
                  .sorted(Comparator.comparingLong(Version::sequence))
                  .toList();
          return new Lineage(root, sorted, links(session, sorted, members));
        });
  }

  private static void addAncestors(
      Session session, Version root, Map<AdapterReference, Version> members)
      throws NotInStoreException {
    Deque<Version> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Version version = open.pop();
      if (members.putIfAbsent(version.reference(), version) == null) {
        for (Parent parent : session.parents().of(version.adapter(), version.number())) {
          open.push(Finder.version(session, parent.reference()));
        }
      }
    }
  }

  private static void addDescendants(
      Session session, Version root, Map<AdapterReference, Version> members)
      throws NotInStoreException {
    Deque<Version> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Version version = open.pop();
      for (Parents.Child child :
          session.parents().childrenOf(version.adapter(), version.number())) {
        Version found = Finder.version(session, child.adapter().version(child.version()));
        if (members.putIfAbsent(found.reference(), found) == null) {
          open.push(found);
        }
      }
    }
  }

  /** Steps from outside the family, such as the other parent of a merge, are left out. */
  private static List<Lineage.Link> links(
      Session session, List<Version> sorted, Map<AdapterReference, Version> members) {
    List<Lineage.Link> links = new ArrayList<>();
    for (Version child : sorted) {
      for (Parent parent : session.parents().of(child.adapter(), child.number())) {
        if (members.containsKey(parent.reference())) {
          links.add(new Lineage.Link(child, parent));
        }
      }
    }
    return links;
  }
}
