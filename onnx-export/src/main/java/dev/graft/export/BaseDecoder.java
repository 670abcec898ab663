package dev.graft.export;

import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import dev.graft.module.LinearModule;
import dev.graft.module.LinearModules;
import dev.graft.onnx.Dim;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Model;
import dev.graft.onnx.opset.OpsetConversion;
import dev.graft.onnx.rewrite.Canonicalizer;
import dev.graft.onnx.shape.ShapeInference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A text decoder made ready for adapters.
 *
 * @param patterns how often each canonicalisation pattern matched
 */
public record BaseDecoder(
    Graph graph,
    DecoderSignature signature,
    DecoderInfo info,
    List<LinearModule> modules,
    Map<String, Integer> patterns)
    implements BaseModel {

  public BaseDecoder {
    modules = List.copyOf(modules);
    patterns = Map.copyOf(patterns);
  }

  /**
   * Prepares a decoder.
   *
   * @throws IllegalArgumentException if the graph is no text decoder, or not the one described
   */
  public static BaseDecoder of(Model model, DecoderInfo info) {
    Graph graph = OpsetConversion.toTarget(model).graph();
    Canonicalizer.Result canonical = Canonicalizer.standard().apply(graph);
    Graph typed = ShapeInference.infer(canonical.graph());
    DecoderSignature signature = DecoderSignature.of(typed);
    checkHeads(typed, signature, info);
    return new BaseDecoder(
        typed, signature, info, LinearModules.find(typed), canonical.countsByPattern());
  }

  /** The path of the module that makes logits of hidden states, if it is one. */
  Optional<String> head() {
    String output = signature.head().output(0);
    return modules.stream()
        .filter(module -> module.output().equals(output))
        .map(LinearModule::path)
        .findFirst();
  }

  private static void checkHeads(Graph graph, DecoderSignature signature, DecoderInfo info) {
    List<Long> described = List.of((long) info.kvHeads(), (long) info.headDim());
    boolean agrees =
        signature.layers() == info.layers()
            && DecoderSignature.heads(graph).filter(described::equals).isPresent();
    if (!agrees) {
      throw new IllegalArgumentException(
          "the graph has %d layers with [heads, features] %s, the configuration says %d layers with %s"
              .formatted(
                  signature.layers(),
                  DecoderSignature.heads(graph).map(List::toString).orElse("unknown"),
                  info.layers(),
                  described));
    }
  }

  @Override
  public List<String> inputs() {
    return signature.inputs();
  }

  @Override
  public String digest() {
    return BaseDigest.of(graph, modules);
  }

  @Override
  public OptionalInt positions() {
    return OptionalInt.of(info.maxPositions());
  }

  @Override
  public long hiddenSize() {
    return graph
        .shapeOf(signature.hiddenState())
        .map(s -> s.dim(-1))
        .map(d -> d instanceof Dim.Fixed f ? f.size() : -1L)
        .filter(size -> size > 0)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the size of the hidden state '%s' is not known from the graph"
                        .formatted(signature.hiddenState())));
  }
}
