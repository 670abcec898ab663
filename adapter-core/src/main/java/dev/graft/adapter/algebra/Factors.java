package dev.graft.adapter.algebra;

import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.lora.LoraWeights;
import java.util.ArrayList;
import java.util.List;

/** Methods that work on A and B, one module at a time. */
final class Factors {
  private Factors() {}

  /** Merge every A and every B by itself. */
  static LoraWeights merged(String module, List<Term> terms, CombinationOptions options) {
    float[] weightsOfA = new float[terms.size()];
    float[] weightsOfB = new float[terms.size()];
    List<FloatTensor> a = new ArrayList<>();
    List<FloatTensor> b = new ArrayList<>();
    for (int i = 0; i < terms.size(); i++) {
      double factor = terms.get(i).factor();
      double root = Math.sqrt(Math.abs(factor));
      // The sign goes to one side only; on both it would vanish from the product.
      weightsOfA[i] = (float) (factor >= 0 ? root : -root);
      weightsOfB[i] = (float) root;
      a.add(terms.get(i).factors().a());
      b.add(terms.get(i).factors().b());
    }
    return new LoraWeights(
        merged(module + "/A", a, weightsOfA, terms, options),
        merged(module + "/B", b, weightsOfB, terms, options));
  }

  private static FloatTensor merged(
      String name,
      List<FloatTensor> tensors,
      float[] weights,
      List<Term> terms,
      CombinationOptions options) {
    List<float[][]> flat = new ArrayList<>();
    for (FloatTensor tensor : tensors) {
      flat.add(new float[][] {tensor.toArray()});
    }
    List<String> names = terms.stream().map(term -> term.adapter() + "/" + name).toList();
    float[][] merged = new TaskTensors(options).merged(flat, weights, names);
    return FloatTensor.wrap(tensors.get(0).shape(), merged[0]);
  }

  /** Put the factors one beside the other; the whole factor goes to A. */
  static LoraWeights stacked(List<Term> terms) {
    int rank = terms.stream().mapToInt(term -> term.factors().rank()).sum();
    float[][] a = new float[rank][];
    float[][] b = new float[rank][];
    int at = 0;
    for (Term term : terms) {
      LoraWeights factors = term.factors();
      System.arraycopy(
          ThinRows.ofRows(factors.a().scaled(term.factor())), 0, a, at, factors.rank());
      System.arraycopy(ThinRows.ofColumns(factors.b()), 0, b, at, factors.rank());
      at += factors.rank();
    }
    return new LoraWeights(ThinRows.toRows(a), ThinRows.toColumns(b));
  }
}
