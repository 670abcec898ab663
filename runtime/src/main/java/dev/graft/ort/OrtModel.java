package dev.graft.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.graft.text.NearestNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An opened model.
 *
 * <p>Any number of threads may run it at once. {@link #close()} lets runs in flight finish, frees
 * the model, and returns; a run that starts later is refused. Results stay valid after their model
 * is closed.
 */
public final class OrtModel implements AutoCloseable {
  private final String name;
  private final OrtSession session;
  private final List<NativeTensor> weights;
  private final Map<String, TensorSpec> inputs;
  private final Map<String, TensorSpec> outputs;
  private final NativeHandles.Handle handle;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private OrtModel(
      String name,
      OrtSession session,
      Collection<NativeTensor> weights,
      Map<String, TensorSpec> inputs,
      Map<String, TensorSpec> outputs) {
    this.name = name;
    this.session = session;
    this.weights = List.copyOf(weights);
    this.inputs = inputs;
    this.outputs = outputs;
    this.handle = NativeHandles.open("model \"%s\"".formatted(name));
  }

  /**
   * Take over a session and the holds on its weights; on failure the session is closed, the holds
   * are not.
   */
  static OrtModel over(String name, OrtSession session, Collection<NativeTensor> weights)
      throws OrtException {
    boolean complete = false;
    try {
      OrtModel model =
          new OrtModel(
              name,
              session,
              weights,
              specs(name, session.getInputInfo()),
              specs(name, session.getOutputInfo()));
      complete = true;
      return model;
    } finally {
      if (!complete) {
        session.close();
      }
    }
  }

  /** Input names in the model's order. */
  public List<String> inputNames() {
    return List.copyOf(inputs.keySet());
  }

  /** Output names in the model's order. */
  public List<String> outputNames() {
    return List.copyOf(outputs.keySet());
  }

  /** What each input must be, in the model's order. */
  public List<TensorSpec> inputs() {
    return List.copyOf(inputs.values());
  }

  /** What each output is declared to be, in the model's order. */
  public List<TensorSpec> outputs() {
    return List.copyOf(outputs.values());
  }

  /** Compute the named outputs; ONNX Runtime allocates them. */
  public RunResult run(Map<String, NativeTensor> feeds, Collection<String> wanted) {
    return run(feeds, wanted, Map.of());
  }

  /**
   * Compute the named outputs and write further ones into tensors that the caller owns and may
   * reuse.
   *
   * @param feeds a tensor for every input
   * @param wanted outputs that ONNX Runtime allocates
   * @param pinned outputs that are written in place; of exactly the shape the run gives
   * @throws IllegalArgumentException if a name, element type or shape is not the model's
   * @throws IllegalStateException if the model or a tensor is closed
   * @throws OrtFailure if a kernel fails
   */
  public RunResult run(
      Map<String, NativeTensor> feeds,
      Collection<String> wanted,
      Map<String, NativeTensor> pinned) {
    lock.readLock().lock();
    List<NativeTensor> held = new ArrayList<>(feeds.size() + pinned.size());
    try {
      if (closed) {
        throw new IllegalStateException("model \"%s\" is closed".formatted(name));
      }
      checkInputs(feeds);
      Set<String> requested = checkOutputs(wanted, pinned);
      Map<String, OnnxTensor> in = hold(feeds, held);
      Map<String, OnnxTensor> out = hold(pinned, held);
      return RunResult.of(name, session.run(in, requested, out), pinned);
    } catch (OrtException e) {
      throw OrtFailure.during("running model \"%s\" on %s".formatted(name, feeds), e);
    } finally {
      held.forEach(NativeTensor::release);
      lock.readLock().unlock();
    }
  }

  /** Write the profile that the settings asked for and return its file. */
  public Path endProfiling() {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("model \"%s\" is closed".formatted(name));
      }
      return Path.of(session.endProfiling());
    } catch (OrtException e) {
      throw OrtFailure.during("ending the profile of model \"%s\"".formatted(name), e);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Wait for the runs in flight, then free the model; closing again does nothing. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      session.close();
    } catch (OrtException e) {
      throw OrtFailure.during("closing model \"%s\"".formatted(name), e);
    } finally {
      lock.writeLock().unlock();
    }
    weights.forEach(NativeTensor::release);
    handle.close();
  }

  @Override
  public String toString() {
    return "OrtModel[%s]".formatted(name);
  }

  private static Map<String, OnnxTensor> hold(
      Map<String, NativeTensor> tensors, List<NativeTensor> held) {
    Map<String, OnnxTensor> natives = new LinkedHashMap<>();
    tensors.forEach(
        (key, tensor) -> {
          tensor.retain();
          held.add(tensor);
          natives.put(key, tensor.onnx());
        });
    return natives;
  }

  private void checkInputs(Map<String, NativeTensor> feeds) {
    feeds.forEach(this::checkInput);
    if (feeds.size() < inputs.size()) {
      List<String> missing =
          inputs.keySet().stream().filter(input -> !feeds.containsKey(input)).toList();
      throw new IllegalArgumentException(
          "model \"%s\" was not given %s".formatted(name, NearestNames.list(missing)));
    }
  }

  private void checkInput(String input, NativeTensor tensor) {
    TensorSpec spec = inputs.get(input);
    if (spec == null) {
      throw unknown("input", input, inputs.keySet());
    }
    requireType(input, spec, tensor);
    if (!spec.fits(tensor.shape())) {
      throw new IllegalArgumentException(
          "input \"%s\" of model \"%s\" has shape %s, expected %s"
              .formatted(input, name, Arrays.toString(tensor.shape()), spec.shapeText()));
    }
  }

  private Set<String> checkOutputs(Collection<String> wanted, Map<String, NativeTensor> pinned) {
    Set<String> requested = new LinkedHashSet<>(wanted);
    for (String output : requested) {
      if (!outputs.containsKey(output)) {
        throw unknown("output", output, outputs.keySet());
      }
      if (pinned.containsKey(output)) {
        throw new IllegalArgumentException(
            "output \"%s\" of model \"%s\" is both wanted and pinned; name it once"
                .formatted(output, name));
      }
    }
    pinned.forEach(
        (output, tensor) -> {
          TensorSpec spec = outputs.get(output);
          if (spec == null) {
            throw unknown("output", output, outputs.keySet());
          }
          requireType(output, spec, tensor);
        });
    if (requested.isEmpty() && pinned.isEmpty()) {
      throw new IllegalArgumentException(
          "no output of model \"%s\" was asked for; it has %s"
              .formatted(name, NearestNames.list(outputs.keySet())));
    }
    return requested;
  }

  private void requireType(String value, TensorSpec spec, NativeTensor tensor) {
    if (spec.type() != tensor.type()) {
      throw new IllegalArgumentException(
          "tensor for \"%s\" of model \"%s\" holds %s, expected %s"
              .formatted(value, name, tensor.type(), spec.type()));
    }
  }

  private IllegalArgumentException unknown(String kind, String found, Set<String> known) {
    return new IllegalArgumentException(
        "model \"%s\" has no %s \"%s\", it has %s%s"
            .formatted(
                name, kind, found, NearestNames.list(known), NearestNames.hint(found, known)));
  }

  private static Map<String, TensorSpec> specs(String model, Map<String, NodeInfo> infos) {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    infos.forEach((value, node) -> specs.put(value, spec(model, value, node)));
    return specs;
  }

  private static TensorSpec spec(String model, String value, NodeInfo node) {
    if (!(node.getInfo() instanceof TensorInfo info)) {
      throw new OrtFailure(
          "\"%s\" of model \"%s\" is not a tensor but %s".formatted(value, model, node.getInfo()));
    }
    return new TensorSpec(
        value,
        ElementType.of(info.type, "\"%s\" of model \"%s\"".formatted(value, model)),
        Arrays.stream(info.getShape()).boxed().toList(),
        Arrays.asList(info.getDimensionNames()));
  }
}
