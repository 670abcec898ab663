package dev.graft.store.model;

import java.util.Locale;

/** Whether a customer is still one. */
public enum TenantState {
  /** Its adapters can be published and used. */
  ACTIVE,
  /** Being erased: nothing of it is handed out or taken any more. */
  ERASING,
  /** Erased; its name stays taken, so that nobody is mistaken for it. */
  ERASED;

  /** The word for people and files: {@code active}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Read {@link #text}.
   *
   * @throws IllegalArgumentException if there is no such state
   */
  public static TenantState parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
