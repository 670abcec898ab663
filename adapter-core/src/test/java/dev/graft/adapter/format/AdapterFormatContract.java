package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link AdapterFormat} must do. A format's own test extends this and adds what is
 * particular to it.
 */
abstract class AdapterFormatContract {
  @TempDir Path folder;

  abstract AdapterFormat format();

  /** The file with the tensors of an adapter written to {@code path}. */
  abstract Path tensorFile(Path path);

  private Path target() {
    return folder.resolve("adapter.onnx_adapter");
  }

  /** The update of each module, {@code scale * B * A}, exact for the sample values. */
  private static SortedMap<String, List<Double>> updates(Adapter adapter) {
    SortedMap<String, List<Double>> updates = new TreeMap<>();
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              List<Double> update = new java.util.ArrayList<>();
              float[] a = weights.a().toArray();
              float[] b = weights.b().toArray();
              for (int o = 0; o < weights.out(); o++) {
                for (int i = 0; i < weights.in(); i++) {
                  double sum = 0;
                  for (int r = 0; r < weights.rank(); r++) {
                    sum += b[o * weights.rank() + r] * (double) a[r * weights.in() + i];
                  }
                  update.add(sum * adapter.scaleOf(module));
                }
              }
              updates.put(module, update);
            });
    return updates;
  }

  @Test
  void whatIsWrittenReadsBackWithTheSameEffect() throws IOException {
    for (TensorDtype dtype : List.of(TensorDtype.F32, TensorDtype.F16, TensorDtype.BF16)) {
      Adapter written = Samples.classifier();
      Path path = folder.resolve(dtype + ".onnx_adapter");
      format().write(written, path, WriteOptions.defaults().withDtype(dtype));
      LoadedAdapter read = format().load(path, ReadOptions.strict());
      assertEquals(updates(written), updates(read.adapter()));
      assertEquals(written.saved(), read.adapter().saved());
      assertEquals(written.record(), read.adapter().record());
      assertEquals(List.of(), read.warnings());
    }
  }

  @Test
  void aScaleOfOneKeepsTheDigest() throws IOException {
    format().write(Samples.plain(), target());
    assertEquals(Samples.plain().digest(), format().read(target()).digest());
  }

  @Test
  void writingTwiceGivesTheSameBytes() throws IOException {
    Path again = folder.resolve("again.onnx_adapter");
    format().write(Samples.classifier(), target());
    format().write(Samples.classifier(), again);
    assertArrayEquals(
        Files.readAllBytes(tensorFile(target())), Files.readAllBytes(tensorFile(again)));
  }

  @Test
  void isFoundInTheTable() throws IOException {
    format().write(Samples.plain(), target());
    assertTrue(format().detect(target()));
    assertSame(format().getClass(), AdapterFormats.detect(target()).getClass());
    assertSame(format().getClass(), AdapterFormats.named(format().name()).getClass());
    assertFalse(format().detect(folder.resolve("absent")));
  }

  @Test
  void refusesToReplaceUnlessAsked() throws IOException {
    format().write(Samples.plain(), target());
    assertThrows(
        FileAlreadyExistsException.class, () -> format().write(Samples.classifier(), target()));
    assertEquals(Samples.plain().digest(), format().read(target()).digest());
    format().write(Samples.classifier(), target(), WriteOptions.defaults().replacing());
    assertEquals(2, format().read(target()).weights().partCount());
    format().write(Samples.plain(), target(), WriteOptions.defaults().replacing());
    assertEquals(GraftRecord.empty(), format().read(target()).record());
  }

  @Test
  void leavesNothingBehindWhenWritingFails() throws IOException {
    Adapter tooLarge = withValue(1e6f);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            format().write(tooLarge, target(), WriteOptions.defaults().withDtype(TensorDtype.F16)));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  private static Adapter withValue(float value) {
    return Adapter.of(
        LoraConfig.of(1, 1, TargetModules.suffixes("query")),
        LoraModules.of(
            Map.of(
                "query",
                new LoraWeights(
                    FloatTensor.of(List.of(1L, 2L), new float[] {1, value}),
                    FloatTensor.of(List.of(1L, 1L), new float[] {1})))),
        Map.of(),
        GraftRecord.empty());
  }

  @Test
  void neverWritesANan() {
    assertThrows(
        IllegalArgumentException.class, () -> format().write(withValue(Float.NaN), target()));
  }

  @Test
  void refusesAnAdapterThatChangesNothing() throws IOException {
    Adapter idle =
        Adapter.of(
            LoraConfig.of(1, 1, TargetModules.suffixes("query")),
            LoraModules.of(
                Map.of(
                    "query",
                    new LoraWeights(Samples.tensor(1, 1, 3), FloatTensor.zeros(List.of(4L, 1L))))),
            Map.of(),
            GraftRecord.empty());
    format().write(idle, target());
    AdapterFormatException e =
        assertThrows(AdapterFormatException.class, () -> format().read(target()));
    assertTrue(e.getMessage().contains("ineffective"), e.getMessage());
    assertEquals(
        idle.digest(),
        format().load(target(), ReadOptions.allowingIneffective()).adapter().digest());
  }

  @Test
  void pathsThatEndInOneAnotherKeepTheirRanks() throws IOException {
    Map<String, LoraWeights> lora = new TreeMap<>();
    lora.put("query", Samples.weights(1, 1, 3, 4));
    lora.put("self.query", Samples.weights(2, 2, 3, 4));
    lora.put("layer.self.query", Samples.weights(3, 1, 3, 4));
    lora.put("other", Samples.weights(4, 2, 3, 4));
    lora.put("another", Samples.weights(4, 2, 3, 4));
    LoraConfig config =
        LoraConfig.builder()
            .rank(2)
            .alpha(2)
            .targets(new TargetModules.Suffixes(List.copyOf(lora.keySet())))
            .rankPattern(orderedRanks())
            .build();
    Adapter adapter = Adapter.of(config, LoraModules.of(lora), Map.of(), GraftRecord.empty());
    format().write(adapter, target());
    assertEquals(updates(adapter), updates(format().read(target())));
  }

  private static Map<String, Integer> orderedRanks() {
    // Neither alphabetical nor by length: the order itself must survive.
    Map<String, Integer> ranks = new java.util.LinkedHashMap<>();
    ranks.put("layer.self.query", 1);
    ranks.put("self.query", 2);
    ranks.put("query", 1);
    return ranks;
  }

  @Test
  void truncationAnywhereIsRefused() throws IOException {
    format().write(Samples.classifier(), target());
    byte[] good = Files.readAllBytes(tensorFile(target()));
    for (int length = 0; length < good.length; length++) {
      Files.write(tensorFile(target()), java.util.Arrays.copyOf(good, length));
      assertThrows(AdapterFormatException.class, () -> format().read(target()));
    }
  }

  @Tag("fuzz")
  @Test
  void changedBytesAreRefusedOrGiveAValidAdapter() throws IOException {
    format().write(Samples.plain(), target());
    byte[] good = Files.readAllBytes(tensorFile(target()));
    Random random = new Random(20240611);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      byte[] bad = good.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      Files.write(tensorFile(target()), bad);
      try {
        Adapter adapter = format().read(target());
        assertTrue(adapter.isFinite() && adapter.isEffective());
      } catch (AdapterFormatException e) {
        refused++;
      }
    }
    assertTrue(refused > 400, "the changes hardly did harm: " + refused);
  }
}
