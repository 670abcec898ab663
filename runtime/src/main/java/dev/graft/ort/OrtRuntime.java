package dev.graft.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.util.Map;

/** Open models on ONNX Runtime. */
public final class OrtRuntime {
  private OrtRuntime() {}

  /**
   * Open a model; the caller closes it.
   *
   * @throws OrtFailure if the library cannot be loaded, the model is not valid or uses what this
   *     build lacks, or its external data cannot be read
   */
  public static OrtModel open(ModelSource source, SessionSettings settings) {
    OrtEnvironment environment = Library.environment();
    Map<String, NativeTensor> weights =
        source.weights().map(ExternalWeights::retain).orElse(Map.of());
    boolean opened = false;
    try (SessionOptions options =
        options(source, settings, SharedInitializers.in(source, weights))) {
      OrtSession session = environment.createSession(source.graph(), options);
      OrtModel model = OrtModel.over(source.name(), session, weights.values());
      opened = true;
      return model;
    } catch (OrtException e) {
      throw OrtFailure.during(
          "opening model \"%s\" on %s".formatted(source.name(), settings.device()), e);
    } finally {
      if (!opened) {
        weights.values().forEach(NativeTensor::release);
      }
    }
  }

  private static SessionOptions options(
      ModelSource source, SessionSettings settings, Map<String, NativeTensor> weights)
      throws OrtException {
    SessionOptions options = new SessionOptions();
    boolean complete = false;
    try {
      options.setSessionLogLevel(Library.LOG_LEVEL);
      options.setIntraOpNumThreads(settings.intraOpThreads());
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(level(settings.optimization()));
      options.setMemoryPatternOptimization(settings.memoryPattern());
      options.setCPUArenaAllocator(settings.cpuArena());
      options.setDeterministicCompute(settings.deterministic());
      options.addConfigEntry("session.intra_op.allow_spinning", flag(settings.spinning()));
      options.addConfigEntry("session.disable_prepacking", flag(!settings.prepacking()));
      options.addConfigEntry("session.set_denormal_as_zero", flag(settings.denormalsAsZero()));
      if (source.folder().isPresent()) {
        options.addConfigEntry(
            "session.model_external_initializers_file_folder_path",
            source.folder().get().toString());
      }
      for (Map.Entry<String, String> entry : settings.config().entrySet()) {
        options.addConfigEntry(entry.getKey(), entry.getValue());
      }
      if (settings.optimizedModelPath().isPresent()) {
        options.setOptimizedModelFilePath(settings.optimizedModelPath().get().toString());
      }
      if (settings.profilingPrefix().isPresent()) {
        options.enableProfiling(settings.profilingPrefix().get());
      }
      for (Map.Entry<String, NativeTensor> weight : weights.entrySet()) {
        options.addInitializer(weight.getKey(), weight.getValue().onnx());
      }
      useDevice(options, settings.device());
      complete = true;
      return options;
    } finally {
      if (!complete) {
        options.close();
      }
    }
  }

  private static void useDevice(SessionOptions options, Device device) throws OrtException {
    if (!(device instanceof Device.Cuda cuda)) {
      return;
    }
    if (!OrtInfo.current().providers().contains("CUDA")) {
      throw new OrtFailure(
          "device is %s, but this ONNX Runtime was built for %s only; put the jar onnxruntime_gpu in place of onnxruntime, or use the CPU"
              .formatted(device, OrtInfo.current().providers()));
    }
    options.addCUDA(cuda.deviceId());
  }

  private static SessionOptions.OptLevel level(SessionSettings.Optimization optimization) {
    return switch (optimization) {
      case NONE -> SessionOptions.OptLevel.NO_OPT;
      case BASIC -> SessionOptions.OptLevel.BASIC_OPT;
      case EXTENDED -> SessionOptions.OptLevel.EXTENDED_OPT;
      case ALL -> SessionOptions.OptLevel.ALL_OPT;
    };
  }

  private static String flag(boolean value) {
    return value ? "1" : "0";
  }
}
