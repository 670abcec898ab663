package dev.graft.adapter.format;

import java.nio.file.Path;
import java.util.List;

/**
 * Where an adapter type reports what is wrong with the tensors.
 *
 * @param tensorFile the file that errors name
 * @param warnings collects what is let pass
 */
record TensorProblems(Path tensorFile, List<String> warnings) {
  AdapterFormatException atTensor(String name, String problem) {
    return new AdapterFormatException(tensorFile, "/" + name, problem);
  }

  void warn(String warning) {
    warnings.add(warning);
  }
}
