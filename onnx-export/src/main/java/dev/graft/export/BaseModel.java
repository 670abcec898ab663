package dev.graft.export;

import dev.graft.module.LinearModule;
import dev.graft.onnx.Graph;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A pretrained model made ready for adapters: in Graft's opset, canonical, typed. */
public sealed interface BaseModel permits BaseEncoder, BaseDecoder {

  Graph graph();

  /** The linear modules, in graph order. */
  List<LinearModule> modules();

  /** How often each canonicalisation pattern matched. */
  Map<String, Integer> patterns();

  /** The inputs of the base, in graph order. */
  List<String> inputs();

  /** The identity of the base by its weights, {@code sha256:…}. */
  String digest();

  /** The number of positions the model can take, as far as it is known. */
  OptionalInt positions();

  /** The size of a hidden state. */
  long hiddenSize();
}
