package dev.graft.train;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.SeededRandom;
import dev.graft.adapter.lora.InitLoraWeights;
import dev.graft.adapter.lora.LoraInit;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.HeadLayer;
import dev.graft.train.TrainingModels.BaseHead;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a head starts from, layer by layer: what came with the base where that fits, else new. */
final class HeadSetup {
  private final BaseHead base;
  private final int hidden;
  private final long seed;

  HeadSetup(BaseHead base, int hidden, long seed) {
    this.base = base;
    this.hidden = hidden;
    this.seed = seed;
  }

  /**
   * The tensors of the head by name, layer by layer, {@code [out, in]} and {@code [out]}. The layer
   * that gives the logits is the base's only if the labels are the same.
   */
  Map<String, FloatTensor> tensors(List<String> labels) {
    ClassificationHead shape = base.shape();
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    for (HeadLayer layer : shape.layers()) {
      FloatTensor weight = base.weights().get(layer.weight());
      FloatTensor bias = base.weights().get(layer.bias());
      boolean fits = !layer.equals(shape.last()) || labels.equals(base.labels());
      if (weight == null || bias == null || !fits) {
        int out = Math.toIntExact(shape.weightShape(layer, hidden, labels.size()).get(0));
        weight = weight(layer, out);
        bias = bias(layer, out);
      }
      tensors.put(layer.weight(), weight);
      tensors.put(layer.bias(), bias);
    }
    return tensors;
  }

  /**
   * As PyTorch's {@code nn.Linear} makes it, uniform in {@code (-1/sqrt(H), 1/sqrt(H))}, or normal
   * as Transformers makes the layers of a head.
   */
  private FloatTensor weight(HeadLayer layer, int out) {
    if (base.shape().initializerRange().isEmpty()) {
      return uniform(layer.weight(), out);
    }
    double deviation = base.shape().initializerRange().getAsDouble();
    SeededRandom random = SeededRandom.of(seed, layer.weight());
    float[] values = new float[Math.multiplyExact(out, hidden)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.normal());
    }
    return FloatTensor.wrap(List.of((long) out, (long) hidden), values);
  }

  /** Uniform as the weight of {@code nn.Linear}, or zero as Transformers has it. */
  private FloatTensor bias(HeadLayer layer, int out) {
    if (base.shape().initializerRange().isPresent()) {
      return FloatTensor.zeros(List.of((long) out));
    }
    int rows = (out + hidden - 1) / hidden;
    float[] values = Arrays.copyOf(uniform(layer.bias(), rows).toArray(), out);
    return FloatTensor.wrap(List.of((long) out), values);
  }

  /** A of a LoRA module has the same distribution: uniform, bounded by its number of inputs. */
  private FloatTensor uniform(String name, int rows) {
    return LoraInit.weights(InitLoraWeights.DEFAULT, seed, name, hidden, 1, rows).a();
  }
}
