package dev.graft.family;

import dev.graft.inject.HeadActivation;
import dev.graft.inject.HeadLayer;
import dev.graft.inject.Pooling;
import java.util.List;

/**
 * What a family's {@code …ForSequenceClassification} has behind its encoder. PEFT trains its layers
 * in full, because their names end in {@code classifier}; a pooler before them is the base's.
 *
 * @param pooling where the head begins
 * @param layers its layers, as the checkpoint names them
 */
record FamilyHead(Pooling pooling, List<HeadLayer> layers) {
  static final FamilyHead BERT =
      new FamilyHead(Pooling.POOLER, List.of(HeadLayer.linear("classifier")));

  static final FamilyHead ROBERTA =
      new FamilyHead(
          Pooling.CLS,
          List.of(
              new HeadLayer("classifier.dense", HeadActivation.TANH),
              HeadLayer.linear("classifier.out_proj")));

  static final FamilyHead DISTILBERT =
      new FamilyHead(
          Pooling.CLS,
          List.of(
              new HeadLayer("pre_classifier", HeadActivation.RELU),
              HeadLayer.linear("classifier")));

  FamilyHead {
    layers = List.copyOf(layers);
  }
}
