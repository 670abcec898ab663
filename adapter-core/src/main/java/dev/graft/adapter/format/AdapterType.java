package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * How one type of adapter lies in files: its part of PEFT's {@code adapter_config.json}, its
 * tensors there, and its tensors in an {@code .onnx_adapter}.
 *
 * <p>Stateless. Tensor names are as in the file, but without {@link #modulePrefix()}. {@code
 * docs/howto/add-an-adapter-type.md} goes through adding one.
 */
interface AdapterType {
  /** The value of {@code peft_type}. */
  String peftType();

  /**
   * Read the configuration; what is unsupported is refused, what is odd but harmless goes to {@code
   * warnings}.
   */
  AdapterConfig readConfig(JsonFields fields, List<String> warnings) throws AdapterFormatException;

  /** Put all fields that PEFT writes for this type into {@code json}. */
  void writeConfig(Adapter adapter, ObjectNode json);

  /** What PEFT puts before the path of a module in the names of tensors. */
  default String modulePrefix() {
    return "base_model.model.";
  }

  /** The names that begin with no module's path and so have no {@link #modulePrefix()}. */
  default Set<String> ownNames() {
    return Set.of();
  }

  /** Sort the file's tensors into an adapter and check that all are there and fit. */
  Adapter assemble(
      AdapterConfig config,
      SortedMap<String, FloatTensor> tensors,
      GraftRecord record,
      TensorProblems problems)
      throws AdapterFormatException;

  /** The tensors of {@code adapter} by their names in the file. */
  SortedMap<String, FloatTensor> tensors(Adapter adapter);

  /** Whether a tensor of an {@code .onnx_adapter} is one of this type, by its name. */
  boolean isOnnxName(String name);

  /** As {@link #assemble}, from the tensors of an {@code .onnx_adapter}, which say everything. */
  Adapter assembleOnnx(
      SortedMap<String, FloatTensor> tensors, GraftRecord record, TensorProblems problems)
      throws AdapterFormatException;

  /**
   * The tensors of {@code adapter} by their names in an {@code .onnx_adapter}.
   *
   * @throws IllegalArgumentException if they cannot say what the adapter computes
   */
  SortedMap<String, FloatTensor> onnxTensors(Adapter adapter);
}
