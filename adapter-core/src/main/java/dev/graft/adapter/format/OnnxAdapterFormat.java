package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.files.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * ONNX Runtime's {@code .onnx_adapter} file; see {@code docs/formats/onnx_adapter.md}.
 *
 * <p>The file holds named tensors and nothing else. What they are called tells the type of the
 * adapter, and {@code AdapterTypes} has what each type makes of them; saved parameters keep their
 * names.
 *
 * <p>What Graft knows beyond the tensors goes into a sidecar, {@code <file name>.graft.json}: the
 * record of {@link GraftJson} and the SHA-256 of the adapter file, so that a sidecar beside another
 * file is noticed and refused. A file without one is read with an empty record.
 */
public final class OnnxAdapterFormat implements AdapterFormat {
  /** Usual end of the file name. */
  public static final String EXTENSION = ".onnx_adapter";

  private static final String DIGEST_FIELD = "adapterFileDigest";

  @Override
  public String name() {
    return "onnx_adapter";
  }

  @Override
  public boolean detect(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(8);
      return String.valueOf(path.getFileName()).endsWith(EXTENSION)
          || (start.length == 8 && OnnxAdapterFile.hasIdentifier(ByteBuffer.wrap(start)));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public LoadedAdapter load(Path path, ReadOptions options) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new AdapterFormatException(path, "", "not a regular file");
    }
    SortedMap<String, FloatTensor> tensors = OnnxAdapterFile.read(path);
    AdapterChecks.requireFinite(path, tensors);
    List<String> warnings = new ArrayList<>();
    Adapter adapter = assemble(path, tensors, readSidecar(path), warnings);
    AdapterChecks.onRead(path, adapter, options, warnings);
    return new LoadedAdapter(adapter, warnings);
  }

  private static Adapter assemble(
      Path path, SortedMap<String, FloatTensor> tensors, GraftRecord record, List<String> warnings)
      throws AdapterFormatException {
    List<AdapterType> types = AdapterTypes.ofOnnxNames(tensors.keySet());
    if (types.size() > 1) {
      throw new AdapterFormatException(
          path,
          "",
          "has tensors of several types of adapters, %s; expected one"
              .formatted(types.stream().map(AdapterType::peftType).toList()));
    }
    // Saved parameters alone are an adapter of the first type, LoRA without modules.
    AdapterType type = types.isEmpty() ? AdapterTypes.all().get(0) : types.get(0);
    return type.assembleOnnx(tensors, record, new TensorProblems(path, warnings));
  }

  private static GraftRecord readSidecar(Path path) throws IOException {
    Path sidecar = sidecar(path);
    if (!Files.exists(sidecar)) {
      return GraftRecord.empty();
    }
    GraftRecord record = GraftJson.read(sidecar);
    ObjectNode extra = record.extra();
    String noted = extra.path(DIGEST_FIELD).asText("");
    String actual = Digests.ofFile(path);
    if (!noted.equals(actual)) {
      throw new AdapterFormatException(
          sidecar,
          "/" + DIGEST_FIELD,
          ("belongs to a file with digest \"%s\", but %s has %s; delete the sidecar or "
                  + "restore its adapter")
              .formatted(noted, path.getFileName(), actual));
    }
    extra.remove(DIGEST_FIELD);
    return record.toBuilder().extra(extra).build();
  }

  private static Path sidecar(Path path) {
    return path.resolveSibling(path.getFileName() + "." + GraftJson.FILE);
  }

  /**
   * Write the file, and the sidecar unless the record says nothing.
   *
   * <p>The sidecar comes second. A crash in between leaves the new file with the old sidecar, which
   * a reader notices and refuses.
   */
  @Override
  public void write(Adapter adapter, Path path, WriteOptions options) throws IOException {
    AdapterChecks.onWrite(adapter);
    SortedMap<String, FloatTensor> tensors = AdapterTypes.of(adapter).onnxTensors(adapter);
    if (Files.exists(path) && !options.replace()) {
      throw new FileAlreadyExistsException(
          path.toString(), null, "exists already; choose another name or ask to replace it");
    }
    OnnxAdapterFile.write(path, tensors, options.dtype());
    if (adapter.record().isEmpty()) {
      Files.deleteIfExists(sidecar(path));
    } else {
      ObjectNode extra = adapter.record().extra().put(DIGEST_FIELD, Digests.ofFile(path));
      GraftJson.write(adapter.record().toBuilder().extra(extra).build(), sidecar(path));
    }
  }
}
