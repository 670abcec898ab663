package dev.graft.ort;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How ONNX Runtime is to execute a model.
 *
 * @param intraOpThreads threads that share one operator's work; 0 means one per physical core
 * @param spinning whether idle threads of the pool spin before they sleep: faster for one busy
 *     session, wasteful where several sessions or other programs share the cores
 * @param prepacking whether weights are copied into a kernel's preferred layout; faster matrix
 *     products for a second copy of the weights in memory
 * @param memoryPattern whether allocations of one input shape are remembered and done at once;
 *     wasteful when every run has another shape
 * @param cpuArena whether freed host memory is kept for later runs
 * @param deterministic whether kernels must give the same bits for the same input
 * @param denormalsAsZero whether results too small for a normal float become zero. ONNX Runtime
 *     sets this mode on the thread that opens the model too, and so changes that thread's Java
 *     arithmetic
 * @param optimization how far the graph is rewritten before it runs
 * @param device where it runs
 * @param optimizedModelPath where the rewritten graph is written, for inspection
 * @param profilingPrefix path prefix of the profile that {@link OrtModel#endProfiling()} writes
 * @param config further session config entries, by ONNX Runtime's names
 */
public record SessionSettings(
    int intraOpThreads,
    boolean spinning,
    boolean prepacking,
    boolean memoryPattern,
    boolean cpuArena,
    boolean deterministic,
    boolean denormalsAsZero,
    Optimization optimization,
    Device device,
    Optional<Path> optimizedModelPath,
    Optional<String> profilingPrefix,
    Map<String, String> config) {

  /** How far ONNX Runtime rewrites a graph: its own levels. */
  public enum Optimization {
    NONE,
    BASIC,
    EXTENDED,
    ALL
  }

  private static final SessionSettings DEFAULTS =
      new SessionSettings(
          0,
          true,
          true,
          true,
          true,
          false,
          false,
          Optimization.ALL,
          Device.CPU,
          Optional.empty(),
          Optional.empty(),
          Map.of());

  public SessionSettings {
    if (intraOpThreads < 0) {
      throw new IllegalArgumentException(
          "thread count is %d, expected 1 or more, or 0 for one per core"
              .formatted(intraOpThreads));
    }
    config = Map.copyOf(config);
  }

  /** ONNX Runtime's own defaults: all cores, prepacked weights, every optimization, CPU. */
  public static SessionSettings defaults() {
    return DEFAULTS;
  }

  public SessionSettings withIntraOpThreads(int threads) {
    return with(
        threads, spinning, prepacking, memoryPattern, cpuArena, deterministic, denormalsAsZero);
  }

  public SessionSettings withSpinning(boolean value) {
    return with(
        intraOpThreads, value, prepacking, memoryPattern, cpuArena, deterministic, denormalsAsZero);
  }

  public SessionSettings withPrepacking(boolean value) {
    return with(
        intraOpThreads, spinning, value, memoryPattern, cpuArena, deterministic, denormalsAsZero);
  }

  public SessionSettings withMemoryPattern(boolean value) {
    return with(
        intraOpThreads, spinning, prepacking, value, cpuArena, deterministic, denormalsAsZero);
  }

  public SessionSettings withCpuArena(boolean value) {
    return with(
        intraOpThreads, spinning, prepacking, memoryPattern, value, deterministic, denormalsAsZero);
  }

  public SessionSettings withDeterministic(boolean value) {
    return with(
        intraOpThreads, spinning, prepacking, memoryPattern, cpuArena, value, denormalsAsZero);
  }

  public SessionSettings withDenormalsAsZero(boolean value) {
    return with(
        intraOpThreads, spinning, prepacking, memoryPattern, cpuArena, deterministic, value);
  }

  public SessionSettings withOptimization(Optimization value) {
    return with(value, device, optimizedModelPath, profilingPrefix, config);
  }

  public SessionSettings withDevice(Device value) {
    return with(optimization, value, optimizedModelPath, profilingPrefix, config);
  }

  public SessionSettings withOptimizedModelPath(Path path) {
    return with(optimization, device, Optional.of(path), profilingPrefix, config);
  }

  public SessionSettings withProfiling(String prefix) {
    return with(optimization, device, optimizedModelPath, Optional.of(prefix), config);
  }

  /** Add one session config entry, or replace it. */
  public SessionSettings withConfig(String key, String value) {
    Map<String, String> more = new TreeMap<>(config);
    more.put(key, value);
    return with(optimization, device, optimizedModelPath, profilingPrefix, more);
  }

  private SessionSettings with(
      int threads,
      boolean spin,
      boolean prepack,
      boolean pattern,
      boolean arena,
      boolean exact,
      boolean flush) {
    return new SessionSettings(
        threads,
        spin,
        prepack,
        pattern,
        arena,
        exact,
        flush,
        optimization,
        device,
        optimizedModelPath,
        profilingPrefix,
        config);
  }

  private SessionSettings with(
      Optimization level,
      Device place,
      Optional<Path> optimized,
      Optional<String> profile,
      Map<String, String> entries) {
    return new SessionSettings(
        intraOpThreads,
        spinning,
        prepacking,
        memoryPattern,
        cpuArena,
        deterministic,
        denormalsAsZero,
        level,
        place,
        optimized,
        profile,
        entries);
  }
}
