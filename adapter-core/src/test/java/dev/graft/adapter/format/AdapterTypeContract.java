package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every type of adapter must do, in every format. A type's own test extends this and adds what
 * is particular to it.
 */
abstract class AdapterTypeContract {
  @TempDir Path folder;

  abstract AdapterType type();

  /**
   * An adapter whose values are exact in every dtype, which every format can say as it stands; the
   * same at every call but for {@code first}, the first value of its weights.
   */
  abstract Adapter sample(float first);

  /** The digest of {@code sample(1)}, for ever. */
  abstract String digestOfSample();

  /** An adapter that no training has touched. */
  abstract Adapter idle();

  final Adapter sample() {
    return sample(1);
  }

  final Path write(AdapterFormat format, Adapter adapter) throws IOException {
    Path path = folder.resolve(format.name() + ".onnx_adapter");
    format.write(adapter, path, WriteOptions.defaults().replacing());
    return path;
  }

  /** The sample as a PEFT directory with other tensors. */
  final Path edited(Consumer<SortedMap<String, FloatTensor>> edit) throws IOException {
    Path directory = write(new PeftFormat(), sample());
    Path file = directory.resolve(PeftFormat.TENSOR_FILE);
    SortedMap<String, FloatTensor> tensors = peftTensors(file);
    edit.accept(tensors);
    SafetensorsWriter.write(file, tensors, Map.of(), TensorDtype.F32);
    return directory;
  }

  static SortedMap<String, FloatTensor> peftTensors(Path file) throws IOException {
    SortedMap<String, FloatTensor> tensors = new TreeMap<>();
    try (Safetensors safetensors = Safetensors.open(file)) {
      for (String name : safetensors.entries().keySet()) {
        tensors.put(name, safetensors.floats(name));
      }
    }
    return tensors;
  }

  private Path editedOnnx(Consumer<SortedMap<String, FloatTensor>> edit) throws IOException {
    Path path = write(new OnnxAdapterFormat(), sample().withRecord(GraftRecord.empty()));
    SortedMap<String, FloatTensor> tensors = OnnxAdapterFile.read(path);
    edit.accept(tensors);
    OnnxAdapterFile.write(path, tensors, TensorDtype.F32);
    return path;
  }

  static void refused(Path path, String... parts) {
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> AdapterFormats.detect(path).read(path));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  final void isFoundInTheTable() {
    assertSame(type().getClass(), AdapterTypes.named(type().peftType()).orElseThrow().getClass());
    assertSame(type().getClass(), AdapterTypes.of(sample()).getClass());
    assertEquals(type().peftType(), sample().config().peftType());
  }

  @Test
  final void everyFormatKeepsIt() throws IOException {
    for (AdapterFormat format : AdapterFormats.all()) {
      for (TensorDtype dtype : List.of(TensorDtype.F32, TensorDtype.F16, TensorDtype.BF16)) {
        Path path = folder.resolve(format.name() + dtype + ".onnx_adapter");
        format.write(sample(), path, WriteOptions.defaults().withDtype(dtype));
        LoadedAdapter read = AdapterFormats.load(path, ReadOptions.strict());
        assertEquals(sample().digest(), read.adapter().digest());
        assertEquals(sample().weights(), read.adapter().weights());
        assertEquals(sample().saved(), read.adapter().saved());
        assertEquals(sample().record(), read.adapter().record());
        assertEquals(List.of(), read.warnings());
      }
    }
  }

  @Test
  final void peftKeepsItsConfigurationToo() throws IOException {
    assertEquals(sample(), new PeftFormat().read(write(new PeftFormat(), sample())));
  }

  @Test
  final void goesFromFormatToFormat() throws IOException {
    Adapter adapter = sample();
    for (int round = 0; round < 2; round++) {
      for (AdapterFormat format : AdapterFormats.all()) {
        adapter = format.read(write(format, adapter));
      }
    }
    assertEquals(sample().digest(), adapter.digest());
  }

  @Test
  final void theDigestIsThatOfItsContentForEver() {
    assertEquals(digestOfSample(), sample().digest());
    assertEquals(digestOfSample(), sample().withRecord(GraftRecord.empty()).digest());
    assertNotEquals(digestOfSample(), sample(2).digest());
  }

  @Test
  final void equalsWhatHasTheSameContent() {
    assertEquals(sample(), sample());
    assertEquals(sample().hashCode(), sample().hashCode());
    assertNotEquals(sample(), sample(2));
  }

  @Test
  final void countsItsBytesAsFloats() {
    long inTensors = type().tensors(sample()).values().stream().mapToLong(FloatTensor::size).sum();
    assertEquals(4 * inTensors, sample().sizeBytes());
  }

  @Test
  final void refusesTheConfigurationOfAnotherType() {
    for (Adapter other : List.of(Samples.plain(), Samples.prefix(1))) {
      if (!other.config().peftType().equals(type().peftType())) {
        assertThrows(
            IllegalArgumentException.class,
            () -> Adapter.of(other.config(), sample().weights(), Map.of(), GraftRecord.empty()));
      }
    }
  }

  @Test
  final void refusesWhatNoTrainingHasTouched() throws IOException {
    assertTrue(sample().isEffective());
    assertFalse(idle().isEffective());
    assertEquals(idle().weights().partCount(), idle().weights().idlePartCount());
    for (AdapterFormat format : AdapterFormats.all()) {
      Path path = write(format, idle());
      refused(path, "ineffective", idle().weights().partName(), idle().weights().idleMeaning());
      assertEquals(
          idle().digest(), format.load(path, ReadOptions.allowingIneffective()).adapter().digest());
    }
  }

  @Test
  final void neverWritesANanOrInfinity() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertFalse(sample(bad).isFinite());
      for (AdapterFormat format : AdapterFormats.all()) {
        assertThrows(IllegalArgumentException.class, () -> write(format, sample(bad)));
      }
    }
  }

  @Test
  final void refusesANanInAnyTensorByItsName() throws IOException {
    for (String name : peftNames()) {
      refused(
          edited(tensors -> tensors.computeIfPresent(name, (n, t) -> withNan(t))),
          name.replace(type().modulePrefix(), "/"),
          "NaN");
    }
  }

  private List<String> peftNames() throws IOException {
    Path file = write(new PeftFormat(), sample()).resolve(PeftFormat.TENSOR_FILE);
    return new ArrayList<>(peftTensors(file).keySet());
  }

  private List<String> onnxNames() {
    return new ArrayList<>(type().onnxTensors(sample()).keySet());
  }

  private static FloatTensor withNan(FloatTensor tensor) {
    float[] values = tensor.toArray();
    values[values.length - 1] = Float.NaN;
    return FloatTensor.wrap(tensor.shape(), values);
  }

  @Test
  final void refusesAMissingTensor() throws IOException {
    for (String name : peftNames()) {
      refused(edited(tensors -> tensors.remove(name)));
    }
    for (String name : onnxNames()) {
      refused(editedOnnx(tensors -> tensors.remove(name)));
    }
  }

  @Test
  final void refusesAnExtraTensorByItsName() throws IOException {
    refused(edited(t -> t.put("base_model.model.x.weight", Samples.tensor(1, 2))), "x.weight");
  }

  @Test
  final void refusesATensorOfAnotherShape() throws IOException {
    FloatTensor wrong = Samples.tensor(1, 1, 1, 1);
    for (String name : peftNames()) {
      refused(edited(tensors -> tensors.put(name, wrong)), "[1, 1, 1]");
    }
    for (String name : onnxNames()) {
      refused(editedOnnx(tensors -> tensors.put(name, wrong)), "[1, 1, 1]");
    }
  }

  @Test
  final void refusesAFileWithoutTensors() throws IOException {
    refused(edited(Map::clear), "empty");
    refused(editedOnnx(Map::clear), "empty");
  }

  @Test
  final void truncationAnywhereIsRefused() throws IOException {
    for (AdapterFormat format : AdapterFormats.all()) {
      Path path = write(format, sample().withRecord(GraftRecord.empty()));
      Path file = Files.isDirectory(path) ? path.resolve(PeftFormat.TENSOR_FILE) : path;
      byte[] good = Files.readAllBytes(file);
      for (int length = 0; length < good.length; length += 7) {
        Files.write(file, java.util.Arrays.copyOf(good, length));
        refused(path);
      }
    }
  }
}
