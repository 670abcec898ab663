package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import java.util.List;
import java.util.SortedMap;

/**
 * How one type of adapter lies in a PEFT directory: its part of {@code adapter_config.json}, and
 * its tensors.
 *
 * <p>Stateless. Tensor names are as in the file, but without {@code base_model.model.}.
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

  /** Sort the file's tensors into an adapter and check that all are there and fit. */
  Adapter assemble(
      AdapterConfig config,
      SortedMap<String, FloatTensor> tensors,
      GraftRecord record,
      PeftProblems problems)
      throws AdapterFormatException;

  /** The tensors of {@code adapter} by their names in the file. */
  SortedMap<String, FloatTensor> tensors(Adapter adapter);
}
