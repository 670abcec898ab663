package dev.graft.cli.screen;

/** Progress of something that takes a while. Close it when it ends, well or not. */
public interface Progress extends AutoCloseable {
  /** Shows nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void step(long done, String detail) {}

        @Override
        public void note(String text) {}

        @Override
        public void close() {}
      };

  /**
   * Says how far it is.
   *
   * @param done steps done of the total
   * @param detail a few words that change, such as the loss
   */
  void step(long done, String detail);

  /** Writes a line that stays, above the bar. */
  void note(String text);

  @Override
  void close();
}
