package dev.graft.hub;

/** Hears how a pull gets on; called on the thread that pulls. */
public interface PullListener {
  /** Hears nothing. */
  PullListener SILENT =
      new PullListener() {
        @Override
        public void onBytes(long done, long total) {}

        @Override
        public void onNote(String text) {}
      };

  /**
   * So much is there.
   *
   * @param done bytes on the disk, those of an earlier attempt included
   * @param total bytes of all files
   */
  void onBytes(long done, long total);

  /** Something happened that a person who waits may want to know, such as a broken connection. */
  void onNote(String text);
}
