package dev.graft.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * {@code metrics.jsonl}: a JSON object per line, handed to the system line by line. A step has
 * step, loss, learningRate, gradNorm, tokens, paddedTokens and seconds; an evaluation has step,
 * evalLoss and evalAccuracy.
 */
final class MetricsLog implements Closeable {
  private final ObjectMapper json = new ObjectMapper();
  private final Path file;
  private final FileChannel channel;
  private long length;

  private MetricsLog(Path file, FileChannel channel, long length) {
    this.file = file;
    this.channel = channel;
    this.length = length;
  }

  /**
   * Open the log and cut it after {@code length} bytes: what a killed process wrote after its last
   * checkpoint will be written again.
   *
   * @throws TrainingException if the file is shorter
   */
  static MetricsLog open(Path file, long length) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.size() < length) {
        throw new TrainingException(
            "%s: has %d bytes, but the checkpoint was made when it had %d; restore the file to resume"
                .formatted(file, channel.size(), length));
      }
      channel.truncate(length);
      channel.position(length);
      return new MetricsLog(file, channel, length);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  void step(StepMetrics metrics) throws IOException {
    append(
        JsonNodeFactory.instance
            .objectNode()
            .put("step", metrics.step())
            .put("loss", metrics.loss())
            .put("learningRate", metrics.learningRate())
            .put("gradNorm", metrics.gradNorm())
            .put("tokens", metrics.tokens())
            .put("paddedTokens", metrics.paddedTokens())
            .put("seconds", metrics.seconds()));
  }

  void eval(EvalMetrics metrics) throws IOException {
    append(Checkpoint.toJson(metrics));
  }

  private void append(ObjectNode object) throws IOException {
    byte[] line = (json.writeValueAsString(object) + "\n").getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.wrap(line);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new TrainingException(
          "cannot write \"%s\": %s; the run can be resumed from its last checkpoint"
              .formatted(file, e.getMessage()),
          e);
    }
    length += line.length;
  }

  /** Force the lines to the disk and return the length of the file in bytes. */
  long force() throws IOException {
    channel.force(false);
    return length;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
