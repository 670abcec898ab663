package dev.graft.cli;

import dev.graft.cli.screen.Screen;
import dev.graft.cli.screen.TextTable;
import dev.graft.store.model.AuditLine;
import java.util.List;

/** Lines of the audit log as people read them. */
final class AuditTable {
  private AuditTable() {}

  /**
   * A table of lines.
   *
   * @param numbered whether their numbers are shown
   */
  static String of(List<AuditLine> lines, boolean numbered, Screen screen) {
    TextTable table =
        numbered
            ? new TextTable(
                screen.style(), ">line", "time (UTC)", "by", "action", "subject", "note", "detail")
            : new TextTable(screen.style(), "time (UTC)", "by", "action", "subject", "note");
    for (AuditLine line : lines) {
      String time = RegistryText.minute(line.time());
      String author = RegistryText.oneLine(line.author(), 20);
      String subject = RegistryText.oneLine(line.subject(), 60);
      String note = RegistryText.oneLine(line.note(), 40);
      if (numbered) {
        table.row(
            line.sequence(),
            time,
            author,
            line.action(),
            subject,
            note,
            RegistryText.oneLine(line.detail(), 60));
      } else {
        table.row(time, author, line.action(), subject, note);
      }
    }
    return table.renderWithin("", screen.tableColumns());
  }
}
