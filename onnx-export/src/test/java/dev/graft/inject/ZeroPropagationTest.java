package dev.graft.inject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.module.LinearModules;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.GraphBuilder;
import dev.graft.onnx.Model;
import dev.graft.onnx.Tensor;
import dev.graft.onnx.TensorType;
import dev.graft.onnx.text.GraphText;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ZeroPropagationTest {
  private static final TensorType VECTORS = TensorType.of(ElementType.FLOAT, "B", 4);

  /** Two layers, {@code first} and {@code second}, with a Relu between. */
  private static Graph layers() {
    GraphBuilder b = new GraphBuilder("layers");
    b.input("x", ElementType.FLOAT, "B", 4);
    b.initializer("first.weight", Runs.random(1, 1, 4, 4));
    b.initializer("second.weight", Runs.random(2, 1, 4, 4));
    String hidden = b.op("Relu", b.op("MatMul", "x", "first.weight"));
    b.output(b.op("MatMul", hidden, "second.weight"), "y", VECTORS);
    return b.build();
  }

  private static Model injected() {
    Graph graph = layers();
    return Model.of(LoraInjection.single(graph, LinearModules.find(graph)));
  }

  @Test
  void aGraphWithoutAnySlotIsTheBase() {
    Model bare = SlotSpecialization.keepSlots(injected(), List.of("first", "second"), Set.of());
    assertEquals(GraphText.printNormalized(layers()), GraphText.printNormalized(bare.graph()));
  }

  @Test
  void aKeptSlotKeepsExactlyItsOwnPath() {
    Model one =
        SlotSpecialization.keepSlots(injected(), List.of("first", "second"), Set.of("second"));
    Graph base = layers();
    Graph expected =
        LoraInjection.single(
            base,
            LinearModules.find(base).stream().filter(m -> m.path().equals("second")).toList());
    assertEquals(List.of("x", "second.lora_A", "second.lora_B"), one.graph().inputNames());
    assertEquals(GraphText.printNormalized(expected), GraphText.printNormalized(one.graph()));
  }

  @Test
  void keepingEverySlotChangesNothing() {
    Model all = injected();
    assertEquals(
        all,
        SlotSpecialization.keepSlots(all, List.of("first", "second"), Set.of("first", "second")));
  }

  @Test
  void refusesASlotThatTheBundleLacks() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                SlotSpecialization.keepSlots(
                    injected(), List.of("first", "second"), Set.of("secnd")));
    assertTrue(e.toString().contains("'secnd'") && e.toString().contains("second"), e::toString);
  }

  @Test
  void refusesAnOutputThatTheGraphLacks() {
    assertThrows(
        IllegalArgumentException.class,
        () -> SlotSpecialization.keepOutputs(injected(), Set.of("z")));
  }

  @Test
  void sumsLoseTheirZeroTerms() {
    GraphBuilder b = new GraphBuilder("sums");
    b.input("x", ElementType.FLOAT, "B", 4);
    b.input("zero", ElementType.FLOAT, "B", 4);
    String three = b.op("Sum", "x", b.op("Neg", "zero"), "x");
    String same = b.op("Sub", b.op("Add", "zero", three), b.op("Mul", "x", "zero"));
    b.output(same, "y", VECTORS);
    b.output(b.op("Add", "zero", "zero"), "gone", VECTORS);

    Graph found = ZeroPropagation.remove(b.build(), Set.of("zero"));

    GraphBuilder e = new GraphBuilder("sums");
    e.input("x", ElementType.FLOAT, "B", 4);
    e.output(e.op("Sum", "x", "x"), "y", VECTORS);
    assertEquals(GraphText.printNormalized(e.build()), GraphText.printNormalized(found));
  }

  @Test
  void anOperatorThatMakesSomethingOfZerosStopsIt() {
    GraphBuilder b = new GraphBuilder("exp");
    b.input("zero", ElementType.FLOAT, "B", 4);
    b.output(b.op("Exp", "zero"), "y", VECTORS);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> ZeroPropagation.remove(b.build(), Set.of("zero")));
    assertTrue(e.toString().contains("Exp"), e::toString);
  }

  @Test
  void dividingByAZeroIsNotTakenForZero() {
    GraphBuilder b = new GraphBuilder("div");
    b.input("x", ElementType.FLOAT, "B", 4);
    b.input("zero", ElementType.FLOAT, "B", 4);
    b.output(b.op("Div", "x", "zero"), "y", VECTORS);
    assertThrows(
        IllegalStateException.class, () -> ZeroPropagation.remove(b.build(), Set.of("zero")));
  }

  @Test
  void whatIsLeftComputesWhatZerosWouldHave() throws Exception {
    Model all = injected();
    Model one = SlotSpecialization.keepSlots(all, List.of("first", "second"), Set.of("first"));
    Tensor x = Runs.random(3, 1, 5, 4);
    Tensor a = Runs.random(4, 1, 4, 2);
    Tensor up = Runs.random(5, 1, 2, 4);
    Tensor whole =
        Runs.output(
            all.graph(),
            java.util.Map.of(
                "x", x,
                "first.lora_A", a,
                "first.lora_B", up,
                "second.lora_A", Runs.random(6, 0, 4, 2),
                "second.lora_B", Runs.random(7, 0, 2, 4)),
            "y");
    Tensor part =
        Runs.output(
            one.graph(), java.util.Map.of("x", x, "first.lora_A", a, "first.lora_B", up), "y");
    assertEquals(0, Runs.largestDifference(whole.toFloats(), part.toFloats()));
  }
}
