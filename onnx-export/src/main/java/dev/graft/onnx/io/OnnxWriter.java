package dev.graft.onnx.io;

import dev.graft.files.AtomicFiles;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.io.proto.ModelProto;
import dev.graft.onnx.io.proto.OperatorSetIdProto;
import dev.graft.onnx.io.proto.StringStringEntryProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Writes ONNX files. A tensor that is a {@link dev.graft.onnx.TensorData.FileRegion} of a file
 * inside the model's folder is written as a reference to it (external data); everything else goes
 * into the model file. Equal models give equal bytes.
 */
public final class OnnxWriter {
  private OnnxWriter() {}

  /**
   * Writes a model atomically. An existing file is replaced; its folder must exist.
   *
   * @throws IOException if the model has too many bytes inline for one file; {@link ExternalData}
   *     is the remedy
   */
  public static void write(Model model, Path file) throws IOException {
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw new IOException("%s: is a directory; expected the name of a file".formatted(file));
    }
    TensorEncoder tensors = new TensorEncoder(folder.toRealPath(), "");
    EncodedModel encoded = encode(model, tensors, Set.of(), file.toString());
    AtomicFiles.write(file, encoded::writeTo);
  }

  /**
   * Encodes a model as {@link #write} would into a file of {@code folder}. Who loads the bytes from
   * memory has to tell ONNX Runtime the folder in which the external data lie.
   */
  public static byte[] toBytes(Model model, Path folder) throws IOException {
    return toBytes(model, folder, Set.of(), "");
  }

  /**
   * Encodes a model without the data of some initializers, for whoever hands these to ONNX Runtime
   * by name. They are written as references behind the end of a file, so that loading the bytes
   * without them fails instead of computing with something else.
   *
   * @param handedOver names of the initializers without data
   * @param behind a file of the folder; ONNX Runtime refuses references to files that do not exist
   */
  public static byte[] toBytes(Model model, Path folder, Set<String> handedOver, String behind)
      throws IOException {
    String what = "model '%s'".formatted(model.graph().name());
    TensorEncoder tensors = new TensorEncoder(folder.toRealPath(), behind);
    return encode(model, tensors, handedOver, what).toByteArray();
  }

  private static EncodedModel encode(
      Model model, TensorEncoder tensors, Set<String> handedOver, String what) throws IOException {
    GraphEncoder graphs = new GraphEncoder(tensors);
    ModelProto.Builder proto =
        Residuals.decode(ModelProto.parser(), model.extras()).toBuilder()
            .setIrVersion(model.irVersion());
    if (!model.producerName().isEmpty()) {
      proto.setProducerName(model.producerName());
    }
    if (!model.producerVersion().isEmpty()) {
      proto.setProducerVersion(model.producerVersion());
    }
    model
        .opsets()
        .forEach(
            (domain, version) ->
                proto.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    model
        .metadata()
        .forEach(
            (key, value) ->
                proto.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    Graph graph = model.graph();
    EncodedModel encoded =
        new EncodedModel(
            proto.build(),
            graphs.withoutInitializers(graph),
            graphs.initializers(graph, handedOver));
    if (encoded.sizeBytes() > Integer.MAX_VALUE) {
      throw new IOException(
          "%s: %d bytes do not fit into one ONNX file, which holds at most %d; move tensors out with ExternalData.write"
              .formatted(what, encoded.sizeBytes(), Integer.MAX_VALUE));
    }
    return encoded;
  }
}
