package dev.graft.hub;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Checks names that a server gives before a path is made of them. */
final class FileNames {
  private static final int MAX_NAME_BYTES = 1000;

  /** A file system takes 255; what is added while a download runs must fit too. */
  private static final int MAX_PART_BYTES = 200;

  private FileNames() {}

  /**
   * Refuses a name that leaves the folder.
   *
   * @param place where the name stands, for the message
   */
  static void checkInside(String name, String place) throws HubException.Malformed {
    for (String part : name.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw refused(name, place, "leaves the model's folder");
      }
    }
  }

  /** Refuses a name that does not show what it is, or that no file system takes. */
  static void checkUsable(String name, String place) throws HubException.Malformed {
    if (name.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == ':')) {
      throw refused(name, place, "has a control character, a backslash or a colon");
    }
    boolean tooLong = utf8Length(name) > MAX_NAME_BYTES;
    for (String part : name.split("/", -1)) {
      tooLong |= utf8Length(part) > MAX_PART_BYTES;
    }
    if (tooLong) {
      throw refused(
          name,
          place,
          "has more than %d bytes, or more than %d in a part"
              .formatted(MAX_NAME_BYTES, MAX_PART_BYTES));
    }
  }

  private static HubException.Malformed refused(String name, String place, String problem) {
    return new HubException.Malformed(
        "%s: file name '%s' %s; do not use this endpoint's copy"
            .formatted(place, shown(name), problem));
  }

  /** Refuses two names for one place, also where a file system does not tell their cases apart. */
  static void checkDistinct(Collection<String> names, String place) throws HubException.Malformed {
    Map<String, String> seen = new HashMap<>();
    for (String name : names) {
      String other = seen.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
      if (other != null) {
        throw new HubException.Malformed(
            "%s: files '%s' and '%s' have the same name; leave one out with --include"
                .formatted(place, other, name));
      }
    }
    Set<String> files = seen.keySet();
    for (String file : files) {
      for (int slash = file.indexOf('/'); slash > 0; slash = file.indexOf('/', slash + 1)) {
        if (files.contains(file.substring(0, slash))) {
          throw new HubException.Malformed(
              "%s: '%s' is a file and a folder; leave one out with --include"
                  .formatted(place, seen.get(file.substring(0, slash))));
        }
      }
    }
  }

  private static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** A foreign text for a message: short, and without what drives a terminal. */
  static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > 120 ? visible.substring(0, 120) + "..." : visible;
  }
}
