package dev.graft.train;

import dev.graft.data.BatchPlan;
import dev.graft.data.ExampleEncoder;
import dev.graft.data.SequenceBatch;
import dev.graft.data.SequenceBatcher;
import dev.graft.data.SequenceLimit;
import dev.graft.data.TokenSequences;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Texts for a decoder, read, checked, and tokenized once. */
final class GenerationData implements TaskData {
  private static final int SHOWN_LINES = 64;

  private final Path file;
  private final TokenSequences train;
  private final Optional<TokenSequences> eval;
  private final SequenceBatcher batcher;
  private final Map<String, String> digests;
  private final int virtualTokens;

  private GenerationData(
      Path file,
      TokenSequences train,
      Optional<TokenSequences> eval,
      SequenceBatcher batcher,
      Map<String, String> digests,
      int virtualTokens) {
    this.file = file;
    this.train = train;
    this.eval = eval;
    this.batcher = batcher;
    this.digests = digests;
    this.virtualTokens = virtualTokens;
  }

  /**
   * Read and tokenize.
   *
   * @param limit how long a text may be, the prefix not counted
   * @param virtualTokens the length of the prefix that is trained; 0 without
   * @throws IOException if a file cannot be read or has a row that cannot be used
   */
  static GenerationData read(
      TrainingData data,
      TrainingOptions options,
      ExampleEncoder encoder,
      SequenceLimit limit,
      int virtualTokens)
      throws IOException {
    TokenSequences train = TokenSequences.read(data.train(), data.prompts(), encoder, limit);
    Map<String, String> digests = new TreeMap<>();
    digests.put("trainData", "sha256:" + train.digest());
    digests.put("columns", data.prompts().toString());
    digests.put("loss", data.loss().name());
    Optional<TokenSequences> eval = Optional.empty();
    if (data.eval().isPresent()) {
      eval = Optional.of(TokenSequences.read(data.eval().get(), data.prompts(), encoder, limit));
      digests.put("evalData", "sha256:" + eval.get().digest());
    }
    BatchPlan plan =
        new BatchPlan(
            options.batchSize(), options.shuffle(), options.bucketing(), options.seed(), 1);
    SequenceBatcher batcher = new SequenceBatcher(train, plan, options.pack());
    return new GenerationData(data.train(), train, eval, batcher, digests, virtualTokens);
  }

  SequenceBatcher batcher() {
    return batcher;
  }

  Optional<TokenSequences> eval() {
    return eval;
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
    return eval.map(TokenSequences::size).orElse(0);
  }

  @Override
  public int truncatedRows() {
    return train.report().truncated().rows()
        + eval.map(rows -> rows.report().truncated().rows()).orElse(0);
  }

  @Override
  public List<String> labels() {
    return List.of();
  }

  @Override
  public Map<String, String> digests() {
    return digests;
  }

  @Override
  public TaskRows open(TrainingOptions options, List<String> baseInputs) {
    return new GenerationRows(this, options, baseInputs, virtualTokens);
  }

  /** Where rows stand in the file: {@code lines 3, 7 and 12 of "train.jsonl"}. */
  String describe(List<SequenceBatch> batches) {
    List<String> lines = new ArrayList<>();
    for (SequenceBatch batch : batches) {
      for (int row = 0; row < batch.size(); row++) {
        Arrays.stream(batch.segments(row))
            .mapToObj(segment -> Long.toString(train.sequence(segment).line()))
            .forEach(lines::add);
      }
    }
    String more =
        lines.size() > SHOWN_LINES ? " and %d more".formatted(lines.size() - SHOWN_LINES) : "";
    return "lines %s%s of \"%s\""
        .formatted(String.join(", ", lines.stream().limit(SHOWN_LINES).toList()), more, file);
  }
}
