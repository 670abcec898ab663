package dev.graft.autodiff;

import dev.graft.onnx.Attribute;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.OpId;
import dev.graft.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One application of an operator whose gradient is checked; built by chained calls. */
final class GradientCase {

  /** An input: random numbers of a range, or given integers or truth values. */
  record Operand(List<Long> dims, double low, double high, List<Long> values, ElementType type) {
    boolean isRandom() {
      return type == ElementType.UNDEFINED;
    }

    boolean isAbsent() {
      return type == ElementType.STRING;
    }

    Tensor make(Random random, ElementType floats) {
      if (!isRandom()) {
        return fixed();
      }
      double[] numbers = new double[(int) count()];
      Arrays.setAll(
          numbers,
          i ->
              (float)
                  (Double.isNaN(low)
                      ? random.nextGaussian()
                      : low + (high - low) * random.nextDouble()));
      return GradientCheck.tensor(floats, dims, numbers);
    }

    private Tensor fixed() {
      if (type == ElementType.BOOL) {
        boolean[] truths = new boolean[values.size()];
        for (int i = 0; i < truths.length; i++) {
          truths[i] = values.get(i) != 0;
        }
        return Tensor.bools(dims, truths);
      }
      return Tensor.longs(dims, values.stream().mapToLong(Long::longValue).toArray());
    }

    private long count() {
      return dims.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  final OpId op;
  final List<Operand> operands = new ArrayList<>();
  final List<Boolean> trainable = new ArrayList<>();
  final Map<String, Attribute> attributes = new LinkedHashMap<>();
  int outputs = 1;
  List<Integer> used = List.of(0);
  boolean doubles = true;
  boolean doubleGradients = true;
  boolean fixedShapes;
  boolean constants;

  private GradientCase(OpId op) {
    this.op = op;
  }

  static GradientCase of(String op) {
    return new GradientCase(OpId.parse(op));
  }

  /** Normally distributed numbers. */
  GradientCase x(long... dims) {
    return x(dims, Double.NaN, Double.NaN);
  }

  private GradientCase x(long[] dims, double low, double high) {
    operands.add(new Operand(list(dims), low, high, List.of(), ElementType.UNDEFINED));
    trainable.add(true);
    return this;
  }

  /** The last operand's numbers lie in a range. */
  GradientCase in(double low, double high) {
    Operand last = operands.remove(operands.size() - 1);
    operands.add(new Operand(last.dims(), low, high, List.of(), last.type()));
    return this;
  }

  /** The last operand is not trained. */
  GradientCase frozen() {
    trainable.set(trainable.size() - 1, false);
    return this;
  }

  GradientCase ints(List<Integer> dims, long... values) {
    return given(dims, ElementType.INT64, values);
  }

  /** An int64 vector. */
  GradientCase ints(long... values) {
    return given(List.of(values.length), ElementType.INT64, values);
  }

  GradientCase bools(List<Integer> dims, long... values) {
    return given(dims, ElementType.BOOL, values);
  }

  GradientCase absent() {
    return given(List.of(), ElementType.STRING);
  }

  private GradientCase given(List<Integer> dims, ElementType type, long... values) {
    List<Long> sizes = dims.stream().map(Integer::longValue).toList();
    operands.add(new Operand(sizes, 0, 0, list(values), type));
    trainable.add(false);
    return this;
  }

  GradientCase attr(String name, Attribute value) {
    attributes.put(name, value);
    return this;
  }

  GradientCase attr(String name, long value) {
    return attr(name, Attribute.of(value));
  }

  GradientCase attr(String name, double value) {
    return attr(name, Attribute.of(value));
  }

  GradientCase attr(String name, String value) {
    return attr(name, Attribute.of(value));
  }

  GradientCase ints(String name, long... values) {
    return attr(name, Attribute.ints(values));
  }

  /** The node has several outputs, of which the loss reads some. */
  GradientCase outputs(int count, Integer... read) {
    outputs = count;
    used = List.of(read);
    return this;
  }

  /** ONNX Runtime has no kernels for doubles. */
  GradientCase floatOnly() {
    doubles = false;
    return this;
  }

  /** Differences are taken in doubles, while gradients exist for floats only. */
  GradientCase floatGradients() {
    doubleGradients = false;
    return this;
  }

  /** The rule needs fixed sizes. */
  GradientCase fixedShapes() {
    fixedShapes = true;
    return this;
  }

  /** Integer operands must be constants, for the operator or its rule. */
  GradientCase constants() {
    constants = true;
    return this;
  }

  private static List<Long> list(long[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Override
  public String toString() {
    List<String> shapes = new ArrayList<>();
    for (Operand operand : operands) {
      shapes.add(
          operand.isAbsent()
              ? "-"
              : operand.isRandom() ? operand.dims().toString() : "=" + operand.values());
    }
    StringBuilder text = new StringBuilder(op + " " + String.join(" ", shapes));
    attributes.forEach(
        (name, value) -> text.append(' ').append(name).append('=').append(show(value)));
    return text.toString();
  }

  private static String show(Attribute value) {
    return value.toString().replaceAll("^[A-Za-z]+\\[values?=|\\]$", "");
  }
}
