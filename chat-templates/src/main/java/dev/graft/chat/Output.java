package dev.graft.chat;

/** Text being put together. */
final class Output {
  private final Run run;
  private final StringBuilder text = new StringBuilder();

  Output(Run run) {
    this.run = run;
  }

  void append(String piece) {
    run.step();
    run.take(piece.length());
    text.append(piece);
  }

  int length() {
    return text.length();
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
