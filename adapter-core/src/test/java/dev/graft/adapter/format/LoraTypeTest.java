package dev.graft.adapter.format;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import java.util.List;
import java.util.Map;

class LoraTypeTest extends AdapterTypeContract {
  @Override
  AdapterType type() {
    return new LoraType();
  }

  @Override
  Adapter sample(float first) {
    LoraWeights weights = Samples.weights(5, 2, 3, 4);
    return adapter(new LoraWeights(Samples.withFirst(weights.a(), first), weights.b()));
  }

  private static Adapter adapter(LoraWeights weights) {
    return Adapter.of(
        LoraConfig.of(2, 2, TargetModules.suffixes(Samples.QUERY)),
        LoraModules.of(Map.of(Samples.QUERY, weights)),
        Map.of(),
        GraftRecord.empty());
  }

  @Override
  String digestOfSample() {
    return "sha256:9026b8bdf3b36c37203dfd5979ca7a08883755c41f6f81e12406aa49363129ed";
  }

  @Override
  Adapter idle() {
    return adapter(new LoraWeights(Samples.tensor(1, 2, 3), FloatTensor.zeros(List.of(4L, 2L))));
  }
}
