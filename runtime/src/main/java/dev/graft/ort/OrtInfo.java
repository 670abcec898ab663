package dev.graft.ort;

import ai.onnxruntime.OrtEnvironment;
import java.util.List;

/**
 * What the ONNX Runtime of this process is.
 *
 * @param version its version
 * @param providers the execution providers it was built with, e.g. {@code CPU}, {@code CUDA}; that
 *     one is listed does not say that its driver is there
 * @param trainingBuild whether it has the native training API, which Graft does not need
 */
public record OrtInfo(String version, List<String> providers, boolean trainingBuild) {
  public OrtInfo {
    providers = List.copyOf(providers);
  }

  /**
   * Load the library if it is not yet, and ask it.
   *
   * @throws OrtFailure if it cannot be loaded, saying why
   */
  public static OrtInfo current() {
    OrtEnvironment environment = Library.environment();
    List<String> providers =
        OrtEnvironment.getAvailableProviders().stream().map(Enum::name).sorted().toList();
    return new OrtInfo(environment.getVersion(), providers, environment.isTrainingEnabled());
  }
}
