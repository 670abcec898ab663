package dev.graft.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import dev.graft.export.BaseEncoder;
import dev.graft.family.PretrainedModel;
import dev.graft.inject.Pooling;
import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.check.GraphChecker;
import dev.graft.onnx.io.OnnxWriter;
import dev.graft.ort.ModelSource;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import dev.graft.ort.OrtRuntime;
import dev.graft.ort.RunResult;
import dev.graft.ort.SessionSettings;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EncoderGraphTest {
  private static final float SAME = 2e-5f;

  /** The last token's last features, recorded after bench/interop/families agreed. */
  private static final Map<String, List<Float>> RECORDED =
      Map.of(
          "bert", List.of(1.2379422f, -1.422676f, 0.6054044f, -0.35149363f),
          "roberta", List.of(0.21825673f, 1.4410172f, -0.19993487f, -1.3150395f),
          "distilbert", List.of(0.13045125f, 0.94664776f, -0.802649f, 1.239488f));

  @TempDir Path folder;

  static Stream<String> encoders() {
    return TinyCheckpoints.ENCODERS.stream();
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void paddingDoesNotChangeARow(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    long pad = family.equals("roberta") ? 1 : 0;
    float[] alone = hidden(checkpoint, new long[] {2, 90, 60, 3}, new long[] {1, 1, 1, 1});
    float[] padded =
        hidden(checkpoint, new long[] {2, 90, 60, 3, pad, pad}, new long[] {1, 1, 1, 1, 0, 0});

    assertArrayEquals(alone, Arrays.copyOf(padded, alone.length), SAME);
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void everyTokenSeesTheOthers(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] one = hidden(checkpoint, new long[] {2, 90, 60, 3}, new long[] {1, 1, 1, 1});
    float[] other = hidden(checkpoint, new long[] {2, 90, 60, 7}, new long[] {1, 1, 1, 1});

    assertTrue(Math.abs(one[0] - other[0]) > 1e-4);
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void givesTheRecordedHiddenState(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    float[] all = hidden(checkpoint, new long[] {2, 90, 60, 3}, new long[] {1, 1, 1, 1});
    float[] found = Arrays.copyOfRange(all, all.length - 4, all.length);
    List<Float> expected = RECORDED.getOrDefault(family, List.of());

    assertEquals(4, expected.size(), () -> Arrays.toString(found));
    for (int i = 0; i < 4; i++) {
      assertEquals(expected.get(i), found[i], 1e-4f, Arrays.toString(found));
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void isABaseForAdapters(String family) throws IOException {
    Path checkpoint = TinyCheckpoints.of(family).write(folder.resolve(family));
    PretrainedModel pretrained = PretrainedModel.read(checkpoint);
    GraphChecker.check(pretrained.model());
    BaseEncoder base = BaseEncoder.of(pretrained.model(), Pooling.MEAN);

    assertEquals(PretrainedModel.Kind.ENCODER, pretrained.kind());
    assertEquals(12, base.modules().size());
    assertEquals(32, base.hiddenSize());
    assertEquals(64, pretrained.maxPositions());
    assertEquals(
        family.equals("distilbert")
            ? "transformer.layer.0.attention.q_lin"
            : "encoder.layer.0.attention.self.query",
        base.modules().get(0).path());
    assertEquals(LinearModule.Layout.OUT_IN, base.modules().get(0).layout());
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void aClassifiersBaseIsTheEncodersOwn(String family) throws IOException {
    TinyCheckpoint classifier = classifier(family);
    SortedMap<String, FloatTensor> bare = new TreeMap<>();
    classifier.tensors(
        tensors ->
            tensors.forEach(
                (name, tensor) -> {
                  if (name.startsWith(family + ".")) {
                    bare.put(name.substring(family.length() + 1), tensor);
                  }
                }));
    Path one = classifier.write(folder.resolve("classifier"));
    Path other =
        TinyCheckpoints.of(family)
            .tensors(
                tensors -> {
                  tensors.clear();
                  tensors.putAll(bare);
                })
            .write(folder.resolve("bare"));

    assertEquals(
        PretrainedModel.read(other).model().graph().nodes(),
        PretrainedModel.read(one).model().graph().nodes());
    assertEquals(
        BaseEncoder.of(PretrainedModel.read(other).model(), Pooling.MEAN).digest(),
        BaseEncoder.of(PretrainedModel.read(one).model(), Pooling.MEAN).digest());
  }

  @Test
  void theClassifiersOwnWeightsAreAtHand() throws IOException {
    PretrainedModel bert = PretrainedModel.read(classifier("bert").write(folder.resolve("bert")));
    PretrainedModel roberta =
        PretrainedModel.read(classifier("roberta").write(folder.resolve("roberta")));
    PretrainedModel distilbert =
        PretrainedModel.read(classifier("distilbert").write(folder.resolve("distilbert")));

    assertEquals(List.of("classifier.bias", "classifier.weight"), names(bert));
    assertEquals(3, bert.sequenceHead().labels().size());
    assertEquals(
        List.of(
            "classifier.dense.bias",
            "classifier.dense.weight",
            "classifier.out_proj.bias",
            "classifier.out_proj.weight"),
        names(roberta));
    assertEquals(3, roberta.sequenceHead().labels().size());
    assertEquals(
        List.of(
            "classifier.bias", "classifier.weight", "pre_classifier.bias", "pre_classifier.weight"),
        names(distilbert));
    Tensor weight = Objects.requireNonNull(bert.heads().get("classifier.weight"));
    assertEquals(96, weight.toFloats().length);
  }

  @Test
  void aPoolerIsAnOutputWhereThereIsOne() throws IOException {
    Graph bert =
        PretrainedModel.read(TinyCheckpoints.of("bert").write(folder.resolve("bert")))
            .model()
            .graph();
    Graph roberta =
        PretrainedModel.read(classifier("roberta").write(folder.resolve("roberta")))
            .model()
            .graph();

    assertEquals(List.of("last_hidden_state", "pooler_output"), bert.outputNames());
    assertEquals("float[batch,32]", bert.typeOf("pooler_output").orElseThrow().toString());
    assertEquals(List.of("last_hidden_state"), roberta.outputNames());
    assertEquals(List.of("input_ids", "attention_mask", "token_type_ids"), bert.inputNames());
    assertEquals(List.of("input_ids", "attention_mask"), roberta.inputNames());
  }

  @Test
  void namesOfOldCheckpointsAreKnown() throws IOException {
    Path current = TinyCheckpoints.of("bert").write(folder.resolve("current"));
    Path old =
        TinyCheckpoints.of("bert")
            .tensors(
                tensors -> {
                  SortedMap<String, FloatTensor> renamed = new TreeMap<>();
                  tensors.forEach(
                      (name, tensor) ->
                          renamed.put(
                              "bert."
                                  + name.replace("LayerNorm.weight", "LayerNorm.gamma")
                                      .replace("LayerNorm.bias", "LayerNorm.beta"),
                              tensor));
                  tensors.clear();
                  tensors.putAll(renamed);
                })
            .write(folder.resolve("old"));

    long[] ids = {2, 90, 60, 3};
    assertArrayEquals(
        hidden(current, ids, new long[] {1, 1, 1, 1}), hidden(old, ids, new long[] {1, 1, 1, 1}));
  }

  @Test
  void anEncoderIsNoDecoder() throws IOException {
    PretrainedModel bert = PretrainedModel.read(TinyCheckpoints.of("bert").write(folder));

    assertThrows(IllegalStateException.class, bert::decoder);
  }

  private static TinyCheckpoint classifier(String family) {
    String name =
        switch (family) {
          case "bert" -> "Bert";
          case "roberta" -> "Roberta";
          default -> "DistilBert";
        };
    return TinyCheckpoints.of(family)
        .with("architectures", List.of(name + "ForSequenceClassification"))
        .with("num_labels", 3);
  }

  private static List<String> names(PretrainedModel model) {
    return List.copyOf(model.heads().keySet());
  }

  private static float[] hidden(Path checkpoint, long[] ids, long[] mask) throws IOException {
    PretrainedModel pretrained = PretrainedModel.read(checkpoint);
    byte[] bytes = OnnxWriter.toBytes(pretrained.model(), checkpoint.toRealPath());
    ModelSource source = ModelSource.of("tiny", bytes).withFolder(checkpoint.toRealPath());
    Map<String, NativeTensor> feeds = new LinkedHashMap<>();
    feeds.put("input_ids", NativeTensor.of(ids, 1, ids.length));
    feeds.put("attention_mask", NativeTensor.of(mask, 1, ids.length));
    if (pretrained.model().graph().inputNames().contains("token_type_ids")) {
      feeds.put("token_type_ids", NativeTensor.longs(1, ids.length));
    }
    try (OrtModel model =
            OrtRuntime.open(source, SessionSettings.defaults().withIntraOpThreads(1));
        RunResult result = model.run(feeds, List.of("last_hidden_state"))) {
      return result.floats("last_hidden_state");
    } finally {
      feeds.values().forEach(NativeTensor::close);
    }
  }
}
