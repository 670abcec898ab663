package dev.graft.pretrained;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.FloatTensor;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.export.Bundle;
import dev.graft.export.BundleException;
import dev.graft.export.BundleExporter;
import dev.graft.export.ExportOptions;
import dev.graft.export.HeadStyle;
import dev.graft.export.Task;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import dev.graft.testmodels.TinyEncoders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads that are not their family's, and choices of a head that cannot be. */
class FamilyHeadRefusalTest {
  private static final ExportOptions CLASSIFIES = ExportOptions.of(Task.TEXT_CLASSIFICATION);

  @TempDir Path folder;

  private void refused(TinyCheckpoint checkpoint, String... parts) {
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () -> FamilyHeads.export(checkpoint, folder, Optional.empty()));
    for (String part : parts) {
      assertTrue(e.toString().contains(part), () -> e + " lacks " + part);
    }
    assertTrue(Files.notExists(folder.resolve("bundle")));
  }

  private void refused(TinyCheckpoint checkpoint, ExportOptions options, String... parts)
      throws IOException {
    Path model = checkpoint.write(folder.resolve("checkpoint"));
    refused(model, options, parts);
  }

  private void refused(Path model, ExportOptions options, String... parts) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                BundleExporter.export(model, Optional.empty(), options, folder.resolve("bundle")));
    for (String part : parts) {
      assertTrue(e.toString().contains(part), () -> e + " lacks " + part);
    }
  }

  @Test
  void refusesAHeadWithoutAPart() {
    refused(
        FamilyHeads.classifier("distilbert").tensors(t -> t.remove("pre_classifier.bias")),
        "no tensor 'pre_classifier.bias'",
        "--head pooled");
  }

  @Test
  void refusesALayerOfAnotherShape() {
    refused(
        FamilyHeads.classifier("roberta")
            .tensors(t -> t.put("classifier.dense.weight", FloatTensor.zeros(List.of(32L, 16L)))),
        "'classifier.dense.weight'",
        "[32, 16]",
        "[32, 32]");
  }

  @Test
  void refusesTensorsOfAnotherKindOfHead() {
    refused(
        FamilyHeads.classifier("roberta")
            .tensors(t -> t.put("classifier.weight", FloatTensor.zeros(List.of(2L, 32L)))),
        "[classifier.weight]",
        "classifier.out_proj.weight");
  }

  @Test
  void refusesAPoolerThatIsMissing() {
    refused(
        FamilyHeads.classifier("bert")
            .tensors(t -> t.keySet().removeIf(name -> name.contains("pooler"))),
        "no pooler.dense.weight",
        "--head pooled");
  }

  @Test
  void refusesAnotherProblem() {
    refused(
        FamilyHeads.classifier("bert").with("problem_type", "multi_label_classification"),
        "'problem_type' is \"multi_label_classification\"",
        "\"single_label_classification\"");
  }

  @Test
  void refusesARegression() {
    refused(
        FamilyHeads.classifier("bert").with("num_labels", 1).without("id2label"),
        "'classifier.weight'",
        "1 row",
        "regression");
  }

  @Test
  void refusesNamesOfOtherLabels() {
    for (Map<String, String> names :
        List.of(
            Map.of("0", "a", "1", "b", "2", "c"),
            Map.of("0", "a", "2", "b"),
            Map.of("0", "a", "1", "a"))) {
      IOException e =
          assertThrows(
              IOException.class,
              () ->
                  FamilyHeads.export(
                      FamilyHeads.classifier("bert").with("id2label", names),
                      folder,
                      Optional.empty()));
      assertTrue(e.toString().contains("id2label"), e::toString);
    }
  }

  @Test
  void aTokenClassifiersHeadIsNotTaken() throws IOException {
    TinyCheckpoint tokens =
        FamilyHeads.classifier("bert").with("architectures", List.of("BertForTokenClassification"));

    Bundle bundle = FamilyHeads.export(tokens, folder, Optional.of(HeadStyle.FAMILY));

    assertEquals(List.of(), bundle.manifest().headLabels());
    assertTrue(bundle.head().isEmpty());
  }

  @Test
  void refusesAPoolingThatTheHeadDoesNotHave() throws IOException {
    refused(
        TinyCheckpoints.of("bert"),
        CLASSIFIES.withHead(HeadStyle.FAMILY).withPooling(Pooling.MEAN),
        "'mean'",
        "--head pooled");
  }

  @Test
  void refusesAFamilysHeadWhereNoneIsKnown() throws IOException {
    Path model = TinyEncoders.write(folder.resolve("m"), TinyEncoders.Style.TORCHSCRIPT, 7);
    refused(model, CLASSIFIES.withHead(HeadStyle.FAMILY), "does not say its family", "checkpoint");
  }

  @Test
  void refusesAHeadForATaskWithoutOne() throws IOException {
    refused(
        TinyCheckpoints.of("bert"),
        ExportOptions.of(Task.FEATURE_EXTRACTION).withHead(HeadStyle.POOLED),
        "text-classification",
        "feature-extraction",
        "--head");
    refused(
        TinyCheckpoints.of("llama"),
        ExportOptions.of(Task.TEXT_GENERATION).withHead(HeadStyle.FAMILY),
        "a decoder has its own",
        "--head");
  }

  @Test
  void namesTheNearestHead() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> HeadStyle.parse("familly"));
    assertTrue(e.toString().contains("did you mean \"family\"?"), e::toString);
  }

  @Test
  void aBundleOfFormatTwoHasOneLinearLayer() throws IOException {
    Bundle bundle =
        FamilyHeads.export(TinyCheckpoints.of("bert"), folder, Optional.of(HeadStyle.POOLED));
    edit(
        bundle, manifest -> manifest.put("formatVersion", 2).remove(List.of("head", "headLabels")));

    Bundle old = Bundle.open(bundle.directory());

    assertEquals(Optional.of(ClassificationHead.linear()), old.manifest().head());
    assertEquals(List.of(), old.manifest().headLabels());
  }

  @Test
  void refusesAHeadThatIsNotTheManifests() throws IOException {
    Bundle bundle = FamilyHeads.export(FamilyHeads.classifier("bert"), folder, Optional.empty());
    edit(bundle, manifest -> manifest.putArray("headLabels").add("one").add("two").add("three"));
    Bundle damaged = Bundle.open(bundle.directory());

    String message = refusal(BundleException.class, damaged::head);

    assertTrue(message.contains("'classifier.weight' has shape [2, 32]"), message);
    assertTrue(message.contains("the manifest says [3, 32]"), message);
  }

  private interface Edit {
    void apply(ObjectNode manifest);
  }

  private static void edit(Bundle bundle, Edit change) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Path file = bundle.directory().resolve(Bundle.MANIFEST_FILE);
    ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
    change.apply(manifest);
    json.writeValue(file.toFile(), manifest);
  }
}
