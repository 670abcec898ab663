package dev.graft.train;

import dev.graft.data.BatchPlan;
import dev.graft.data.Batcher;
import dev.graft.data.Dataset;
import dev.graft.data.LabelMap;
import dev.graft.data.TokenizedSet;
import dev.graft.text.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Labelled texts, read, checked, and tokenized once. */
final class PreparedData implements TaskData {
  private static final int SHOWN_LINES = 64;

  private final Dataset dataset;
  private final LabelMap labels;
  private final TokenizedSet train;
  private final Optional<TokenizedSet> eval;
  private final Batcher batcher;
  private final Map<String, String> digests;

  private PreparedData(
      Dataset dataset,
      LabelMap labels,
      TokenizedSet train,
      Optional<TokenizedSet> eval,
      Batcher batcher,
      Map<String, String> digests) {
    this.dataset = dataset;
    this.labels = labels;
    this.train = train;
    this.eval = eval;
    this.batcher = batcher;
    this.digests = digests;
  }

  /**
   * Read and tokenize.
   *
   * @param adapterLabels the labels of the initial adapter; empty without one
   * @param baseLabels the labels of the head that came with the base; they are the labels if the
   *     data has no others
   * @throws IOException if a file cannot be read or has a row that cannot be used
   */
  static PreparedData read(
      TrainingData data,
      TrainingOptions options,
      Path tokenizerFile,
      List<String> adapterLabels,
      List<String> baseLabels)
      throws IOException {
    Dataset training = read(data.train(), data, options);
    LabelMap labels = labels(data, training, adapterLabels, baseLabels);
    Map<String, String> digests = new TreeMap<>();
    digests.put("trainData", "sha256:" + training.digest());
    digests.put(
        "columns", "\"%s\", \"%s\"".formatted(data.columns().text(), data.columns().label()));
    digests.put("labels", "sha256:" + RunDigests.ofTexts(labels.names()));
    Optional<TokenizedSet> eval = Optional.empty();
    TokenizedSet train;
    try (TextTokenizer tokenizer = TextTokenizer.open(tokenizerFile)) {
      train = TokenizedSet.of(training, labels, tokenizer, options.maxLength());
      if (data.eval().isPresent()) {
        Dataset evaluation = read(data.eval().get(), data, options);
        digests.put("evalData", "sha256:" + evaluation.digest());
        eval = Optional.of(TokenizedSet.of(evaluation, labels, tokenizer, options.maxLength()));
      }
    }
    BatchPlan plan =
        new BatchPlan(
            options.batchSize(), options.shuffle(), options.bucketing(), options.seed(), 1);
    return new PreparedData(training, labels, train, eval, new Batcher(train, plan), digests);
  }

  private static Dataset read(Path file, TrainingData data, TrainingOptions options)
      throws IOException {
    Dataset all = Dataset.read(file, data.columns(), true);
    if (options.ignoreLabel().isEmpty()) {
      return all;
    }
    Dataset counted =
        new Dataset(
            file,
            all.examples().stream()
                .filter(example -> !example.label().equals(options.ignoreLabel()))
                .toList(),
            all.digest());
    if (counted.size() == 0) {
      throw new TrainingException(
          "%s: all %d rows have the label \"%s\" that is ignored; nothing is left to train on"
              .formatted(file, all.size(), options.ignoreLabel().get()));
    }
    return counted;
  }

  private static LabelMap labels(
      TrainingData data, Dataset training, List<String> adapterLabels, List<String> baseLabels)
      throws IOException {
    LabelMap labels;
    if (data.labels().isPresent()) {
      labels = LabelMap.read(data.labels().get());
      if (!adapterLabels.isEmpty() && !labels.names().equals(adapterLabels)) {
        throw new TrainingException(
            "the labels in \"%s\" are %s, but those of the initial adapter are %s; leave the file out, or train a new adapter"
                .formatted(data.labels().get(), labels.names(), adapterLabels));
      }
    } else {
      labels = adapterLabels.isEmpty() ? LabelMap.of(training) : LabelMap.of(adapterLabels);
      if (adapterLabels.isEmpty() && Set.copyOf(baseLabels).containsAll(labels.names())) {
        labels = LabelMap.of(baseLabels);
      }
    }
    if (labels.size() < 2) {
      throw new TrainingException(
          "%s: all rows have the label \"%s\"; a classifier needs at least two labels"
              .formatted(training.file(), labels.name(0)));
    }
    return labels;
  }

  LabelMap labelMap() {
    return labels;
  }

  @Override
  public List<String> labels() {
    return labels.names();
  }

  @Override
  public int batchesPerEpoch() {
    return batcher.stepsPerEpoch();
  }

  @Override
  public int rows() {
    return train.size();
  }

  @Override
  public int evalRows() {
    return eval.map(TokenizedSet::size).orElse(0);
  }

  @Override
  public int truncatedRows() {
    return train.truncatedRows() + eval.map(TokenizedSet::truncatedRows).orElse(0);
  }

  @Override
  public TaskRows open(TrainingOptions options, List<String> baseInputs) {
    float[] weights = options.classWeights().resolve(labels.names(), rowsByLabel());
    return new ClassificationRows(this, weights, options, baseInputs);
  }

  TokenizedSet train() {
    return train;
  }

  Optional<TokenizedSet> eval() {
    return eval;
  }

  Batcher batcher() {
    return batcher;
  }

  @Override
  public Map<String, String> digests() {
    return digests;
  }

  /** How many training rows each label has. */
  int[] rowsByLabel() {
    int[] rows = new int[labels.size()];
    for (int row = 0; row < train.size(); row++) {
      rows[train.label(row)]++;
    }
    return rows;
  }

  /** Where rows stand in the file: {@code lines 3, 7 and 12 of "train.jsonl"}, in batch order. */
  String describe(int[] rows) {
    List<String> lines =
        IntStream.of(rows)
            .limit(SHOWN_LINES)
            .mapToObj(row -> Long.toString(dataset.examples().get(row).line()))
            .toList();
    String more =
        rows.length > SHOWN_LINES ? " and %d more".formatted(rows.length - SHOWN_LINES) : "";
    return "lines %s%s of \"%s\"".formatted(String.join(", ", lines), more, dataset.file());
  }
}
