package dev.graft.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The examples of a file as tokens, each tokenized once. Immutable; threads may share it. */
public final class TokenSequences {
  private final List<TokenSequence> sequences;
  private final SequenceReport report;
  private final int maxLength;
  private final int padId;
  private final String digest;

  private TokenSequences(
      List<TokenSequence> sequences,
      SequenceReport report,
      int maxLength,
      int padId,
      String digest) {
    this.sequences = List.copyOf(sequences);
    this.report = report;
    this.maxLength = maxLength;
    this.padId = padId;
    this.digest = digest;
  }

  /**
   * Read and encode a file, one example after the other.
   *
   * @throws DataException if a row is broken, longer than a limit that refuses that, or nothing of
   *     the file can be learned
   */
  public static TokenSequences read(
      Path file,
      DataFormat format,
      GenerationColumns columns,
      ExampleEncoder encoder,
      SequenceLimit limit)
      throws IOException {
    Collector collector = new Collector(file, limit);
    try (GenerationReader reader = GenerationReader.open(file, format, columns)) {
      for (Optional<GenerationExample> next = reader.next();
          next.isPresent();
          next = reader.next()) {
        collector.add(encoder.encode(next.get(), file));
      }
    }
    return collector.finish(encoder.padId(), Dataset.sha256(file));
  }

  /** Read a file in the format its name tells. */
  public static TokenSequences read(
      Path file, GenerationColumns columns, ExampleEncoder encoder, SequenceLimit limit)
      throws IOException {
    return read(file, DataFormat.of(file), columns, encoder, limit);
  }

  /** Number of sequences. */
  public int size() {
    return sequences.size();
  }

  public TokenSequence sequence(int row) {
    return sequences.get(row);
  }

  /** Number of tokens of a row. */
  public int length(int row) {
    return sequences.get(row).length();
  }

  /** Most tokens a row may have. */
  public int maxLength() {
    return maxLength;
  }

  /** What was read, cut and dropped. */
  public SequenceReport report() {
    return report;
  }

  /** Lower-case hexadecimal SHA-256 of the file's bytes. */
  public String digest() {
    return digest;
  }

  int padId() {
    return padId;
  }

  private static final class Collector {
    private final Path file;
    private final SequenceLimit limit;
    private final List<TokenSequence> sequences = new ArrayList<>();
    private final SequenceReport.Counter truncated = new SequenceReport.Counter();
    private final SequenceReport.Counter dropped = new SequenceReport.Counter();
    private final SequenceReport.Counter shared = new SequenceReport.Counter();
    private int rows;
    private long tokens;
    private long learned;

    Collector(Path file, SequenceLimit limit) {
      this.file = file;
      this.limit = limit;
    }

    void add(EncodedExample example) throws DataException {
      rows++;
      TokenSequence sequence = example.sequence();
      int length = sequence.length();
      if (example.sharedTokens() > 0) {
        shared.add(sequence.line(), example.sharedTokens());
      }
      if (length > limit.maxLength()) {
        if (limit.refuseLonger()) {
          throw DataException.at(
              file,
              sequence.line(),
              "example has %d tokens, expected at most %d; shorten it, or let it be cut"
                  .formatted(length, limit.maxLength()));
        }
        sequence = sequence.cut(limit.maxLength());
      }
      int kept = sequence.learnedTokens();
      if (kept == 0) {
        dropped.add(sequence.line(), length);
        return;
      }
      if (sequence.length() < length) {
        truncated.add(sequence.line(), length - sequence.length());
      }
      sequences.add(sequence);
      tokens += sequence.length();
      learned += kept;
    }

    TokenSequences finish(int padId, String digest) throws DataException {
      if (rows == 0) {
        throw DataException.in(file, "file has no examples, expected at least one row");
      }
      SequenceReport.Tally left = dropped.tally();
      if (sequences.isEmpty()) {
        throw DataException.in(
            file,
            "none of the %d examples has a token to learn within %d tokens; raise the maximum length"
                .formatted(rows, limit.maxLength()));
      }
      SequenceReport report =
          new SequenceReport(
              sequences.size(), tokens, learned, truncated.tally(), left, shared.tally());
      return new TokenSequences(sequences, report, limit.maxLength(), padId, digest);
    }
  }
}
