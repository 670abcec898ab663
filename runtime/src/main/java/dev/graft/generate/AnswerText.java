package dev.graft.generate;

import dev.graft.text.StreamDecoder;
import java.util.List;

/**
 * The text of an answer as its tokens come: whole characters, and nothing that could be the
 * beginning of a stop string.
 */
final class AnswerText {
  private final StreamDecoder decoder;
  private final List<String> stops;
  private final StringBuilder shown = new StringBuilder();

  /** What is decoded but not shown yet. */
  private final StringBuilder held = new StringBuilder();

  private boolean stopped;

  AnswerText(StreamDecoder decoder, List<String> stops) {
    this.decoder = decoder;
    this.stops = stops;
  }

  /** Takes a token and returns the text that may be shown now; often empty. */
  String add(int token) {
    held.append(decoder.next(token));
    return release(false);
  }

  /** Returns what is left to show when no token follows. */
  String finish() {
    if (stopped) {
      return "";
    }
    held.append(decoder.finish());
    return release(true);
  }

  /** Whether a stop string came up; no text follows. */
  boolean isStopped() {
    return stopped;
  }

  /** All that was shown. */
  String shown() {
    return shown.toString();
  }

  private String release(boolean all) {
    int end = firstStop();
    stopped = end >= 0;
    if (!stopped) {
      end = all ? held.length() : held.length() - longestBeginning();
    }
    String piece = held.substring(0, end);
    held.delete(0, stopped ? held.length() : end);
    shown.append(piece);
    return piece;
  }

  /** Where the first stop string begins; -1 if there is none. */
  private int firstStop() {
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** The length of the longest end of the held text that a stop string begins with. */
  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (endsWith(stop, length)) {
          longest = length;
        }
      }
    }
    return longest;
  }

  private boolean endsWith(String stop, int length) {
    int offset = held.length() - length;
    for (int i = 0; i < length; i++) {
      if (held.charAt(offset + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
