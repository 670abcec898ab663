package dev.graft.train;

import dev.graft.ort.NativeTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors that share a learning rate, one after the other in flat vectors: values, gradient and
 * AdamW's moments, all of {@code [n]}.
 *
 * <p>The training graph reads the values and writes the gradients in place, through slices of the
 * same memory. Only a tensor with a scale has a copy of its own to feed: its value times the scale.
 */
final class ParameterGroup implements AutoCloseable {
  /** The groups of a run. */
  enum Kind {
    A,
    B,
    HEAD,
    PREFIX
  }

  private final Kind kind;
  private final List<Parameter> parameters;
  private final int size;
  private final NativeTensor values;
  private final NativeTensor gradient;
  private final NativeTensor updatedValues;
  private NativeTensor firstMoment;
  private NativeTensor secondMoment;
  private NativeTensor spareFirstMoment;
  private NativeTensor spareSecondMoment;
  private final Map<String, NativeTensor> feeds = new HashMap<>();
  private final Map<String, NativeTensor> gradients = new HashMap<>();
  private final float[] accumulated;

  ParameterGroup(Kind kind, List<Parameter> parameters) {
    this.kind = kind;
    this.parameters = List.copyOf(parameters);
    this.size = parameters.stream().mapToInt(Parameter::size).reduce(0, Math::addExact);
    this.values = NativeTensor.floats(size);
    this.gradient = NativeTensor.floats(size);
    this.updatedValues = NativeTensor.floats(size);
    this.firstMoment = NativeTensor.floats(size);
    this.secondMoment = NativeTensor.floats(size);
    this.spareFirstMoment = NativeTensor.floats(size);
    this.spareSecondMoment = NativeTensor.floats(size);
    this.accumulated = new float[size];
    int offset = 0;
    for (Parameter parameter : parameters) {
      feeds.put(
          parameter.input(),
          parameter.scale() == 1
              ? slice(values, offset, parameter)
              : NativeTensor.floats(parameter.dims()));
      gradients.put(parameter.gradient(), slice(gradient, offset, parameter));
      offset += parameter.size();
    }
  }

  private static NativeTensor slice(NativeTensor whole, int offset, Parameter parameter) {
    ByteBuffer bytes =
        whole.byteBuffer().slice(offset * Float.BYTES, parameter.size() * Float.BYTES);
    return NativeTensor.wrap(bytes.order(ByteOrder.nativeOrder()), whole.type(), parameter.dims());
  }

  Kind kind() {
    return kind;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** The number of values. */
  int size() {
    return size;
  }

  NativeTensor values() {
    return values;
  }

  NativeTensor gradient() {
    return gradient;
  }

  NativeTensor firstMoment() {
    return firstMoment;
  }

  NativeTensor secondMoment() {
    return secondMoment;
  }

  /** Where the optimizer writes the new values. */
  NativeTensor updatedValues() {
    return updatedValues;
  }

  /** Where the optimizer writes the new first moment. */
  NativeTensor updatedFirstMoment() {
    return spareFirstMoment;
  }

  /** Where the optimizer writes the new second moment. */
  NativeTensor updatedSecondMoment() {
    return spareSecondMoment;
  }

  /** What the graphs are fed, by input. */
  Map<String, NativeTensor> feeds() {
    return feeds;
  }

  /** Where the training graph writes gradients, by output. */
  Map<String, NativeTensor> gradients() {
    return gradients;
  }

  /** Make what the optimizer wrote the current state. */
  void adopt() {
    values.floatBuffer().put(updatedValues.floatBuffer());
    NativeTensor first = firstMoment;
    firstMoment = spareFirstMoment;
    spareFirstMoment = first;
    NativeTensor second = secondMoment;
    secondMoment = spareSecondMoment;
    spareSecondMoment = second;
    publish();
  }

  /** Bring the fed copies of scaled tensors up to date. */
  void publish() {
    FloatBuffer from = values.floatBuffer();
    int offset = 0;
    for (Parameter parameter : parameters) {
      if (parameter.scale() != 1) {
        FloatBuffer to = feed(parameter).floatBuffer();
        float scale = (float) parameter.scale();
        for (int i = 0; i < parameter.size(); i++) {
          to.put(i, scale * from.get(offset + i));
        }
      }
      offset += parameter.size();
    }
  }

  private NativeTensor feed(Parameter parameter) {
    NativeTensor tensor = feeds.get(parameter.input());
    if (tensor == null) {
      throw new IllegalStateException("no tensor for " + parameter.input());
    }
    return tensor;
  }

  /**
   * Turn the gradients of scaled inputs into gradients of the tensors: {@code dB = scale * dB'}.
   */
  void unscaleGradient() {
    FloatBuffer buffer = gradient.floatBuffer();
    int offset = 0;
    for (Parameter parameter : parameters) {
      if (parameter.scale() != 1) {
        float scale = (float) parameter.scale();
        for (int i = offset; i < offset + parameter.size(); i++) {
          buffer.put(i, scale * buffer.get(i));
        }
      }
      offset += parameter.size();
    }
  }

  /**
   * Start a sum of gradients over several runs with the current one, or add the current one to it.
   */
  void accumulate(boolean first) {
    FloatBuffer buffer = gradient.floatBuffer();
    if (first) {
      buffer.get(accumulated);
      return;
    }
    for (int i = 0; i < size; i++) {
      accumulated[i] += buffer.get(i);
    }
  }

  /** Make the sum the current gradient. */
  void takeAccumulated() {
    gradient.floatBuffer().put(accumulated);
  }

  /** The sum of the squares of the gradient. */
  double gradientSquares() {
    FloatBuffer buffer = gradient.floatBuffer();
    double sum = 0;
    for (int i = 0; i < size; i++) {
      double g = buffer.get(i);
      sum += g * g;
    }
    return sum;
  }

  @Override
  public void close() {
    List<NativeTensor> all = new ArrayList<>(feeds.values());
    all.addAll(gradients.values());
    all.addAll(
        List.of(
            values,
            gradient,
            updatedValues,
            firstMoment,
            secondMoment,
            spareFirstMoment,
            spareSecondMoment));
    all.forEach(NativeTensor::close);
  }
}
