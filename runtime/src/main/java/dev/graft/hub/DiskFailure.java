package dev.graft.hub;

import java.io.IOException;
import java.util.Locale;

/** Says what failed on this machine, apart from what failed on the network. */
final class DiskFailure {
  private DiskFailure() {}

  static HubException of(IOException e) {
    if (e instanceof HubException hub) {
      return hub;
    }
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left") || lower.contains("quota exceeded")) {
      return new HubException.NoSpace(
          "the disk is full; make room and run it again: it goes on where it stopped", e);
    }
    return new HubException("cannot write: %s; check the disk".formatted(message), e);
  }
}
