package dev.graft.onnx.io;

import dev.graft.onnx.Extras;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.OperatorSetIdProto;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads ONNX files. The file is mapped: raw tensor data become slices of the mapping, external data
 * become {@link dev.graft.onnx.TensorData.FileRegion}s, and only tensors in typed lists ({@code
 * float_data} and the like) are copied. A file must not be truncated while its model is in use.
 *
 * <p>Nodes are sorted where the file has them out of order. A graph input that is also an
 * initializer, as IR versions before 4 demanded, is a constant and not listed among the inputs; the
 * model then counts as one of IR version 4. The operator set may be any; {@code OpsetConversion}
 * says which ones can be worked on. Whether values are defined and operators are used rightly is
 * the graph checker's business.
 */
public final class OnnxReader {
  private static final byte[] LFS_POINTER =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  /** The IR version from which on initializers need not be inputs. */
  private static final long CONSTANTS_ARE_NO_INPUTS = 4;

  private OnnxReader() {}

  /**
   * Reads a model and the places of its external data.
   *
   * @throws OnnxFormatException if the file is no ONNX model, is damaged, defines a name twice, or
   *     refers to external data that is missing, too short or outside of the model's folder
   */
  public static Model read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new OnnxFormatException(file, "is a directory; expected an .onnx file");
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such ONNX model");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > Integer.MAX_VALUE) {
        throw new OnnxFormatException(
            file,
            ("file of %d bytes; an ONNX file holds at most %d, larger models keep their weights as"
                    + " external data")
                .formatted(size, Integer.MAX_VALUE));
      }
      return parse(channel.map(FileChannel.MapMode.READ_ONLY, 0, size), file);
    }
  }

  /**
   * Reads a model from memory. Raw tensor data become slices of {@code bytes}, which must not
   * change any more.
   *
   * @param file names the model in messages; external data are looked for in its folder
   */
  public static Model parse(ByteBuffer bytes, Path file) throws IOException {
    ByteBuffer content = bytes.slice().asReadOnlyBuffer();
    refuseOtherFiles(content, file);
    ModelProto proto = WireParser.parse(content, file, Runtime.getRuntime().maxMemory());
    return decode(proto, content, file);
  }

  private static void refuseOtherFiles(ByteBuffer bytes, Path file) throws OnnxFormatException {
    if (!bytes.hasRemaining()) {
      throw new OnnxFormatException(file, "file is empty; expected an ONNX model");
    }
    if (bytes.remaining() > LFS_POINTER.length
        && bytes.slice(0, LFS_POINTER.length).equals(ByteBuffer.wrap(LFS_POINTER))) {
      throw new OnnxFormatException(
          file, "is a Git LFS pointer, not the model; fetch the content with 'git lfs pull'");
    }
  }

  private static Model decode(ModelProto proto, ByteBuffer content, Path file) throws IOException {
    if (!proto.hasGraph() || proto.getIrVersion() <= 0) {
      throw new OnnxFormatException(
          file,
          "not an ONNX model: %s; expected the encoded ModelProto that exporters write"
              .formatted(proto.hasGraph() ? "it has no IR version" : "it has no graph"));
    }
    Map<String, Long> opsets = opsets(proto, file);
    TensorDecoder tensors = new TensorDecoder(content, file, new ExternalFiles(file));
    Graph graph = new GraphDecoder(file, tensors).graph(proto.getGraph());
    return new Model(
        Math.max(proto.getIrVersion(), CONSTANTS_ARE_NO_INPUTS),
        opsets,
        proto.getProducerName(),
        proto.getProducerVersion(),
        graph,
        metadata(proto, file),
        Extras.of(Residuals.of(proto).toByteArray()));
  }

  private static Map<String, Long> opsets(ModelProto proto, Path file) throws OnnxFormatException {
    Map<String, Long> opsets = new TreeMap<>();
    for (OperatorSetIdProto entry : proto.getOpsetImportList()) {
      String domain = entry.getDomain().equals("ai.onnx") ? "" : entry.getDomain();
      Long other = opsets.put(domain, entry.getVersion());
      if (other != null && other != entry.getVersion()) {
        throw new OnnxFormatException(
            file,
            "operator domain '%s' is imported in versions %d and %d; expected one"
                .formatted(domain, other, entry.getVersion()));
      }
    }
    if (opsets.isEmpty()) {
      throw new OnnxFormatException(file, "imports no operator set; expected at least one");
    }
    return opsets;
  }

  private static Map<String, String> metadata(ModelProto proto, Path file)
      throws OnnxFormatException {
    Map<String, String> metadata = new TreeMap<>();
    for (StringStringEntryProto entry : proto.getMetadataPropsList()) {
      if (metadata.put(entry.getKey(), entry.getValue()) != null) {
        throw new OnnxFormatException(
            file, "metadata property '%s' is there twice".formatted(entry.getKey()));
      }
    }
    return metadata;
  }
}
