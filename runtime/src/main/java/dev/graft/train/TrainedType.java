package dev.graft.train;

/** The adapter types that can be trained. */
public enum TrainedType {
  /** Two low-rank factors per module. */
  LORA,
  /** Keys and values of virtual tokens in front of every text; decoders only. */
  PREFIX
}
