package dev.graft.train;

import dev.graft.ort.OrtInfo;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The versions of what a run runs on. */
final class RunVersions {
  private RunVersions() {}

  static Map<String, String> all() {
    Map<String, String> versions = new TreeMap<>();
    versions.put(
        "graft",
        Optional.ofNullable(RunVersions.class.getPackage().getImplementationVersion())
            .orElse("development"));
    versions.put("onnxruntime", OrtInfo.current().version());
    versions.put("java", Runtime.version().toString());
    return versions;
  }
}
