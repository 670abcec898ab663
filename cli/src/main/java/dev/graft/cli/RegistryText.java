package dev.graft.cli;

import dev.graft.cli.screen.Quantities;
import dev.graft.cli.screen.Style;
import dev.graft.store.AliasChange;
import dev.graft.store.model.Alias;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What the registry holds, as people read it. Times are UTC, like those of its log. */
final class RegistryText {
  private static final DateTimeFormatter DAY = format("uuuu-MM-dd");
  private static final DateTimeFormatter MINUTE = format("uuuu-MM-dd HH:mm");
  private static final List<String> BEST_KNOWN = List.of("evalAccuracy", "evalLoss", "lastLoss");
  private static final int DIGEST_SHOWN = "sha256:".length() + 12;

  private RegistryText() {}

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  static String day(Instant time) {
    return DAY.format(time);
  }

  static String minute(Instant time) {
    return MINUTE.format(time);
  }

  /** Enough of a digest to tell it from others by eye. */
  static String digest(String digest) {
    return digest.length() <= DIGEST_SHOWN ? digest : digest.substring(0, DIGEST_SHOWN);
  }

  /** The metric that says most of a version, or nothing. */
  static String quality(Version version) {
    Map<String, Double> metrics = version.metrics();
    for (String name : BEST_KNOWN) {
      Double value = metrics.get(name);
      if (value != null) {
        return "%s %s".formatted(name, number(value));
      }
    }
    return metrics(metrics);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  static String metrics(Map<String, Double> metrics) {
    return metrics.entrySet().stream()
        .map(metric -> "%s %s".formatted(metric.getKey(), number(metric.getValue())))
        .collect(Collectors.joining(", "));
  }

  /** {@code prod @2, candidate @3}. */
  static String aliases(List<Alias> aliases) {
    return aliases.stream()
        .map(alias -> "%s @%d".formatted(alias.name(), alias.version()))
        .collect(Collectors.joining(", "));
  }

  /** The state's word; one that is not served as usual stands out. */
  static String state(Version version, Style style) {
    String word = version.state().text();
    return switch (version.state()) {
      case ACTIVE -> word;
      case DEPRECATED -> style.yellow(word);
      case BLOCKED -> style.red(word);
      case DELETED -> style.dim(word);
    };
  }

  static String target(Optional<Alias> alias) {
    return alias.map(at -> "@" + at.version()).orElse("nothing");
  }

  /** {@code acme/support:prod: @1 -> @2}. */
  static String change(AliasChange change, String arrow) {
    Alias either = change.after().or(change::before).orElseThrow();
    String name = "%s:%s".formatted(either.adapter(), either.name());
    return change.isMove()
        ? "%s: %s %s %s".formatted(name, target(change.before()), arrow, target(change.after()))
        : "%s is %s already".formatted(name, target(change.after()));
  }

  static String used(Tenant tenant) {
    return "%d%s".formatted(tenant.usedVersions(), of(tenant.quota().versions(), false));
  }

  static String size(Tenant tenant) {
    return Quantities.bytes(tenant.usedBytes()) + of(tenant.quota().bytes(), true);
  }

  private static String of(OptionalLong limit, boolean bytes) {
    if (limit.isEmpty()) {
      return "";
    }
    long most = limit.getAsLong();
    return " of " + (bytes ? Quantities.bytes(most) : String.valueOf(most));
  }

  /** Text of somebody's, in one line of a table. */
  static String oneLine(String text, int columns) {
    String line = text.strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?");
    return line.length() <= columns ? line : line.substring(0, columns - 3) + "...";
  }

  /** Why the lineage of an archive is shorter. */
  static String parentsLeftOut(long number) {
    return "not in the archive, being deleted or of another tenant: %d of its versions' parents"
        .formatted(number);
  }

  /** How many signatures came along, if any did. */
  static String signatures(int number) {
    return number == 0 ? "" : ", " + count(number, "signature");
  }

  /** A number and what is counted: {@code 1 key}, {@code 2 keys}. */
  static String count(int number, String what) {
    return "%d %s%s".formatted(number, what, number == 1 ? "" : "s");
  }
}
