package dev.graft.generate;

import dev.graft.module.DecoderSignature;
import dev.graft.ort.NativeTensor;
import dev.graft.ort.OrtModel;
import java.util.List;
import java.util.Map;

/** The keys and values of the rows of a batch. Used by one thread. */
interface KvCache extends AutoCloseable {
  int rows();

  /** How many tokens a row has, those of its prefix included: the position of its next one. */
  int length(int row);

  /**
   * Runs the decoder over new tokens, which become part of the rows.
   *
   * @param adapterFeeds what the graph takes of adapters
   * @param outputs what it is to give beside the cache, in place
   */
  void run(
      OrtModel model,
      NewTokens tokens,
      Map<String, NativeTensor> adapterFeeds,
      Map<String, NativeTensor> outputs);

  /**
   * Keeps some rows and appends some of another cache of the same kind, which is of no use
   * afterwards.
   */
  void rebuild(List<Integer> kept, KvCache arriving, List<Integer> taken);

  /** Removes the positions from the inputs of a graph that takes none. */
  static void dropUnknown(Map<String, NativeTensor> feeds, OrtModel model) {
    if (!model.inputNames().contains(DecoderSignature.POSITION_IDS)) {
      feeds.remove(DecoderSignature.POSITION_IDS);
    }
  }

  /** Lets go of all memory. */
  @Override
  void close();
}
