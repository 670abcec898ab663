package dev.graft.module;

/**
 * A product of activations with a frozen matrix.
 *
 * @param path the module's path, such as {@code encoder.layer.0.attention.self.query}
 * @param weight the initializer that holds the matrix
 * @param layout how the matrix lies in the initializer
 * @param input the value that is multiplied
 * @param output the value of the product, before a bias that is added by another node
 * @param in features in
 * @param out features out
 */
public record LinearModule(
    String path, String weight, Layout layout, String input, String output, long in, long out) {

  /** Which axis of a weight comes first. */
  public enum Layout {
    IN_OUT,
    OUT_IN
  }
}
