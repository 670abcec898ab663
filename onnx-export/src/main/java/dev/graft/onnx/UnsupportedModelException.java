package dev.graft.onnx;

/** A well-formed model that Graft cannot work on; the message names the node and the remedy. */
public final class UnsupportedModelException extends RuntimeException {
  public UnsupportedModelException(String message) {
    super(message);
  }
}
