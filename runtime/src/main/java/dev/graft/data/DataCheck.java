package dev.graft.data;

import dev.graft.data.DataReport.Conflict;
import dev.graft.data.DataReport.Duplicates;
import dev.graft.data.DataReport.FileReport;
import dev.graft.data.DataReport.LabelCount;
import dev.graft.data.DataReport.Leakage;
import dev.graft.data.DataReport.Lengths;
import dev.graft.data.DataReport.Repeated;
import dev.graft.data.DataReport.Shared;
import dev.graft.data.DataReport.TokenLengths;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Look a data file over before training on it, or two for texts they share. */
public final class DataCheck {
  private static final Pattern SPACES = Pattern.compile("[\\s\\p{Z}]+");

  private final Columns columns;
  private final @Nullable TextTokenizer tokenizer;
  private final int maxLength;

  /** Check without token lengths. */
  public DataCheck(Columns columns) {
    this.columns = columns;
    this.tokenizer = null;
    this.maxLength = Integer.MAX_VALUE;
  }

  /** Check token lengths too, against the most tokens a row may have. */
  public DataCheck(Columns columns, TextTokenizer tokenizer, int maxLength) {
    this.columns = columns;
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
  }

  /**
   * Report on one file.
   *
   * @throws DataException if a row is not well-formed; what is well-formed but odd is reported
   */
  public DataReport of(Path file) throws IOException {
    Dataset data = Dataset.readAny(file, DataFormat.of(file), columns);
    return new DataReport(report(data), Optional.empty(), Optional.empty());
  }

  /**
   * Report on two files, usually training and evaluation data, and on what the second has from the
   * first.
   */
  public DataReport of(Path first, Path second) throws IOException {
    Dataset one = Dataset.readAny(first, DataFormat.of(first), columns);
    Dataset other = Dataset.readAny(second, DataFormat.of(second), columns);
    return new DataReport(
        report(one), Optional.of(report(other)), Optional.of(leakage(one, other)));
  }

  private FileReport report(Dataset data) {
    List<Example> examples = data.examples();
    List<Long> empty =
        examples.stream().filter(e -> e.text().isBlank()).map(Example::line).toList();
    int unlabelled = (int) examples.stream().filter(e -> e.label().isEmpty()).count();
    return new FileReport(
        data.file().toString(),
        data.digest(),
        examples.size(),
        empty.size(),
        cut(empty),
        unlabelled,
        labels(examples),
        lengths(
            examples.stream()
                .mapToInt(e -> e.text().codePointCount(0, e.text().length()))
                .toArray()),
        tokens(examples),
        duplicates(examples));
  }

  private static List<LabelCount> labels(List<Example> examples) {
    Map<String, Integer> counts = new TreeMap<>();
    examples.forEach(
        example -> example.label().ifPresent(label -> counts.merge(label, 1, Integer::sum)));
    return counts.entrySet().stream()
        .map(entry -> new LabelCount(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparingInt(LabelCount::rows).reversed().thenComparing(LabelCount::label))
        .toList();
  }

  private Optional<TokenLengths> tokens(List<Example> examples) {
    if (tokenizer == null) {
      return Optional.empty();
    }
    int[] full = new int[examples.size()];
    List<Long> tooLong = new ArrayList<>();
    for (int i = 0; i < full.length; i++) {
      full[i] = tokenizer.encode(examples.get(i).text(), maxLength).fullLength();
      if (full[i] > maxLength) {
        tooLong.add(examples.get(i).line());
      }
    }
    return Optional.of(new TokenLengths(lengths(full), maxLength, tooLong.size(), cut(tooLong)));
  }

  private static Lengths lengths(int[] values) {
    int[] sorted = values.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      return new Lengths(0, 0, 0, 0, 0, 0, 0);
    }
    return new Lengths(
        sorted[0],
        Arrays.stream(sorted).average().orElseThrow(),
        percentile(sorted, 50),
        percentile(sorted, 90),
        percentile(sorted, 95),
        percentile(sorted, 99),
        sorted[sorted.length - 1]);
  }

  /** Nearest rank: the smallest value with at least so many percent of the values not above it. */
  private static int percentile(int[] sorted, int percent) {
    long rank = ((long) sorted.length * percent + 99) / 100;
    return sorted[(int) rank - 1];
  }

  private static Duplicates duplicates(List<Example> examples) {
    Map<String, List<Example>> exact = group(examples, false);
    Map<String, List<Example>> normalized = group(examples, true);
    List<Repeated> repeated =
        normalized.values().stream()
            .filter(group -> group.size() > 1)
            .limit(DataReport.CASES)
            .map(group -> new Repeated(group.get(0).text(), lines(group)))
            .toList();
    List<Conflict> conflicts =
        normalized.values().stream()
            .map(group -> new Conflict(group.get(0).text(), labelsOf(group), lines(group)))
            .filter(conflict -> conflict.labels().size() > 1)
            .toList();
    return new Duplicates(
        again(exact), again(normalized), conflicts.size(), repeated, cut(conflicts));
  }

  private static int again(Map<String, List<Example>> groups) {
    return groups.values().stream().mapToInt(group -> group.size() - 1).sum();
  }

  private static List<String> labelsOf(List<Example> group) {
    TreeSet<String> labels = new TreeSet<>();
    group.forEach(example -> example.label().ifPresent(labels::add));
    return List.copyOf(labels);
  }

  private static List<Long> lines(List<Example> group) {
    return cut(group.stream().map(Example::line).toList());
  }

  private static Leakage leakage(Dataset first, Dataset second) {
    Map<String, List<Example>> exact = group(first.examples(), false);
    Map<String, List<Example>> normalized = group(first.examples(), true);
    List<Shared> shared = new ArrayList<>();
    int exactRows = 0;
    for (Example example : second.examples()) {
      List<Example> sources = normalized.get(normalize(example.text()));
      if (sources != null) {
        shared.add(new Shared(example.text(), sources.get(0).line(), example.line()));
        exactRows += exact.containsKey(example.text()) ? 1 : 0;
      }
    }
    TreeSet<String> unknown = new TreeSet<>(labelsOf(second.examples()));
    labelsOf(first.examples()).forEach(unknown::remove);
    return new Leakage(exactRows, shared.size(), cut(shared), List.copyOf(unknown));
  }

  /** Examples with a text by their text, in the order of first occurrence. */
  private static Map<String, List<Example>> group(List<Example> examples, boolean normalize) {
    Map<String, List<Example>> groups = new LinkedHashMap<>();
    for (Example example : examples) {
      if (!example.text().isBlank()) {
        String key = normalize ? normalize(example.text()) : example.text();
        groups.computeIfAbsent(key, k -> new ArrayList<>()).add(example);
      }
    }
    return groups;
  }

  private static String normalize(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return SPACES.matcher(folded).replaceAll(" ").strip();
  }

  private static <T> List<T> cut(List<T> cases) {
    return cases.subList(0, Math.min(cases.size(), DataReport.CASES));
  }
}
