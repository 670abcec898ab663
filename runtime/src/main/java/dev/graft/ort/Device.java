package dev.graft.ort;

/** Where a model computes. */
public sealed interface Device {
  /** The processor. */
  Device CPU = new Cpu();

  /** The processor. */
  record Cpu() implements Device {
    @Override
    public String toString() {
      return "cpu";
    }
  }

  /**
   * An NVIDIA GPU.
   *
   * @param deviceId the index CUDA gives it, from 0
   */
  record Cuda(int deviceId) implements Device {
    public Cuda {
      if (deviceId < 0) {
        throw new IllegalArgumentException(
            "CUDA device is %d, expected 0 or more".formatted(deviceId));
      }
    }

    @Override
    public String toString() {
      return "cuda:" + deviceId;
    }
  }
}
