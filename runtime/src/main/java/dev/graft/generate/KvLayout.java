package dev.graft.generate;

import dev.graft.inject.PrefixInputs;
import dev.graft.module.DecoderInfo;
import dev.graft.module.DecoderSignature;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a decoder's cache: keys and values of each layer, float {@code [B, K, P, D]}, in
 * one order everywhere.
 *
 * @param heads {@code K}
 * @param features {@code D}
 * @param past the graph inputs
 * @param present the graph outputs
 * @param prefix the names of a resident prefix's tensors
 */
record KvLayout(
    int heads, int features, List<String> past, List<String> present, List<String> prefix) {
  KvLayout {
    past = List.copyOf(past);
    present = List.copyOf(present);
    prefix = List.copyOf(prefix);
  }

  static KvLayout of(DecoderInfo decoder) {
    List<String> past = new ArrayList<>();
    List<String> present = new ArrayList<>();
    List<String> prefix = new ArrayList<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      past.add(DecoderSignature.pastKey(layer));
      past.add(DecoderSignature.pastValue(layer));
      present.add(DecoderSignature.presentKey(layer));
      present.add(DecoderSignature.presentValue(layer));
      prefix.add(PrefixInputs.key(layer));
      prefix.add(PrefixInputs.value(layer));
    }
    return new KvLayout(decoder.kvHeads(), decoder.headDim(), past, present, prefix);
  }

  /** How many tensors there are. */
  int count() {
    return past.size();
  }

  /** Bytes of one row's column in one tensor. */
  long bytesPerCell() {
    return 4L * heads * features;
  }
}
