package dev.graft.cli;

import dev.graft.store.Expected;
import dev.graft.store.check.Gate;
import dev.graft.store.check.NotWorseThan;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AdapterReference;
import dev.graft.store.model.Names;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/** The registry's words on the command line. */
final class RegistryConverters {
  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(s|m|h|d)?");
  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,15})\\s*(b|kib|mib|gib|tib)?", Pattern.CASE_INSENSITIVE);

  private RegistryConverters() {}

  /** {@code TENANT/NAME}. */
  static final class NameConverter implements ITypeConverter<AdapterName> {
    @Override
    public AdapterName convert(String value) {
      return Converters.parse(value, AdapterName::parse);
    }
  }

  /** {@code TENANT/NAME[:ALIAS|@VERSION|@sha256:DIGEST]}. */
  static final class ReferenceConverter implements ITypeConverter<AdapterReference> {
    @Override
    public AdapterReference convert(String value) {
      return Converters.parse(value, AdapterReference::parse);
    }
  }

  /** The name of a tenant, alias or tag. */
  static final class WordConverter implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      return Converters.parse(value, text -> Names.check("value", text));
    }
  }

  /** {@code METRIC>=NUMBER}. */
  static final class GateConverter implements ITypeConverter<Gate> {
    @Override
    public Gate convert(String value) {
      return Converters.parse(value, Gate::parse);
    }
  }

  /** {@code ALIAS[:METRIC]}. */
  static final class NotWorseConverter implements ITypeConverter<NotWorseThan> {
    @Override
    public NotWorseThan convert(String value) {
      return Converters.parse(value, NotWorseThan::parse);
    }
  }

  /** Where an alias must point: {@code @3}, or {@code none}. */
  static final class ExpectedConverter implements ITypeConverter<Expected> {
    @Override
    public Expected convert(String value) {
      if (value.equals("none")) {
        return Expected.absent();
      }
      if (value.matches("@[1-9][0-9]{0,8}")) {
        return Expected.version(Integer.parseInt(value.substring(1)));
      }
      throw new ValueProblem(
          "it is neither a version, such as @3, nor 'none'",
          "give the version that the alias is to point to before");
    }
  }

  /** {@code 90s}, {@code 30m}, {@code 24h}, {@code 7d}. */
  static final class TimeConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      Matcher time = TIME.matcher(value);
      if (!time.matches() || (time.group(2) == null && !value.equals("0"))) {
        throw new ValueProblem(
            "it is no time; expected a number with s, m, h or d, such as 24h", "");
      }
      long count = Long.parseLong(time.group(1));
      return switch (time.group(2) == null ? "s" : time.group(2)) {
        case "m" -> Duration.ofMinutes(count);
        case "h" -> Duration.ofHours(count);
        case "d" -> Duration.ofDays(count);
        default -> Duration.ofSeconds(count);
      };
    }
  }

  /** A limit of a quota in bytes: {@code 500MiB}, or {@code none}. */
  static final class SizeConverter implements ITypeConverter<Limit> {
    @Override
    public Limit convert(String value) {
      if (value.equals("none")) {
        return Limit.NONE;
      }
      Matcher size = SIZE.matcher(value);
      if (!size.matches()) {
        throw new ValueProblem(
            "it is no size; expected bytes with or without KiB, MiB, GiB or TiB, or 'none'", "");
      }
      String unit = size.group(2) == null ? "b" : size.group(2).toLowerCase(Locale.ROOT);
      long factor = 1L << (10 * "bkmgt".indexOf(unit.charAt(0)));
      try {
        return Limit.of(Math.multiplyExact(Long.parseLong(size.group(1)), factor));
      } catch (ArithmeticException e) {
        throw new ValueProblem("it is more than any disk has", "give less, or 'none'");
      }
    }
  }

  /** A limit of a quota in versions: a number, or {@code none}. */
  static final class CountConverter implements ITypeConverter<Limit> {
    @Override
    public Limit convert(String value) {
      if (value.equals("none")) {
        return Limit.NONE;
      }
      if (!value.matches("[0-9]{1,9}")) {
        throw new ValueProblem("it is neither a whole number nor 'none'", "");
      }
      return Limit.of(Long.parseLong(value));
    }
  }

  /**
   * A limit of a quota.
   *
   * @param value the limit; empty for none
   */
  record Limit(OptionalLong value) {
    static final Limit NONE = new Limit(OptionalLong.empty());

    static Limit of(long most) {
      return new Limit(OptionalLong.of(most));
    }
  }
}
