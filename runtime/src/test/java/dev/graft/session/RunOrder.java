package dev.graft.session;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.ort.OrtModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** In which order ONNX Runtime ran the nodes of a graph, read from its profile. */
final class RunOrder {
  private static final String KERNEL = "_kernel_time";

  private RunOrder() {}

  /** The names of the nodes that a model opened with profiling has run. */
  static List<String> of(OrtModel model) throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonNode event : new ObjectMapper().readTree(model.endProfiling().toFile())) {
      String name = event.path("name").asText();
      if (name.endsWith(KERNEL)) {
        names.add(name.substring(0, name.length() - KERNEL.length()));
      }
    }
    return names;
  }
}
