package dev.graft.data;

/** What the columns (CSV) or members (JSON) of a data file are called. */
public record Columns(String text, String label, String adapter) {
  private static final Columns DEFAULTS = new Columns("text", "label", "adapter");

  public Columns {
    for (String name : new String[] {text, label, adapter}) {
      if (name.isBlank()) {
        throw new IllegalArgumentException(
            "a column name is blank, expected a name such as \"text\"");
      }
    }
    if (text.equals(label) || text.equals(adapter) || label.equals(adapter)) {
      throw new IllegalArgumentException(
          "columns \"%s\", \"%s\" and \"%s\" for text, label and adapter are not all different"
              .formatted(text, label, adapter));
    }
  }

  /** {@code text}, {@code label} and {@code adapter}. */
  public static Columns defaults() {
    return DEFAULTS;
  }
}
