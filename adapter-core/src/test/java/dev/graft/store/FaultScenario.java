package dev.graft.store;

import java.io.IOException;

/**
 * Something that is done with a registry while its disk fails.
 *
 * @param name for reports
 * @param prepare what comes before, on a sound disk
 * @param operation what is done; again on a sound disk where it failed
 * @param kept holds on a sound disk after a failure, before it is done again
 * @param done holds on a sound disk after the operation
 */
record FaultScenario(String name, Step prepare, Step operation, Step kept, Step done) {
  /** Works on a registry. */
  interface Step {
    void in(FaultPlace place) throws IOException;
  }

  @Override
  public String toString() {
    return name;
  }
}
