package dev.graft.adapter.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.TargetModules;
import dev.graft.adapter.lora.LoraConfig;
import dev.graft.adapter.lora.LoraModules;
import dev.graft.adapter.lora.LoraWeights;
import dev.graft.files.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * ONNX Runtime's {@code .onnx_adapter} file; see {@code docs/formats/onnx_adapter.md}.
 *
 * <p>The file holds named tensors and nothing else. A module's factors are {@code
 * <module>.lora_A.weight [in, r]} and {@code <module>.lora_B.weight [r, out]}: PEFT's, transposed,
 * with the scale multiplied into B. So an adapter reads back with {@code alpha = r}, with a {@code
 * rank_pattern} where ranks differ, and with the modules themselves as targets; saved parameters
 * keep their names. {@code fan_in_fan_out} cannot be said and is refused when writing.
 *
 * <p>What Graft knows beyond the tensors goes into a sidecar, {@code <file name>.graft.json}: the
 * record of {@link GraftJson} and the SHA-256 of the adapter file, so that a sidecar beside another
 * file is noticed and refused. A file without one is read with an empty record.
 */
public final class OnnxAdapterFormat implements AdapterFormat {
  /** Usual end of the file name. */
  public static final String EXTENSION = ".onnx_adapter";

  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";
  private static final String DIGEST_FIELD = "adapterFileDigest";

  @Override
  public String name() {
    return "onnx_adapter";
  }

  @Override
  public boolean detect(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] start = in.readNBytes(8);
      return String.valueOf(path.getFileName()).endsWith(EXTENSION)
          || (start.length == 8 && OnnxAdapterFile.hasIdentifier(ByteBuffer.wrap(start)));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public LoadedAdapter load(Path path, ReadOptions options) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new AdapterFormatException(path, "", "not a regular file");
    }
    SortedMap<String, FloatTensor> tensors = OnnxAdapterFile.read(path);
    AdapterChecks.requireFinite(path, tensors);
    Adapter adapter = assemble(path, tensors, readSidecar(path));
    List<String> warnings = new ArrayList<>();
    AdapterChecks.onRead(path, adapter, options, warnings);
    return new LoadedAdapter(adapter, warnings);
  }

  private static Adapter assemble(
      Path path, SortedMap<String, FloatTensor> tensors, GraftRecord record)
      throws AdapterFormatException {
    SortedMap<String, LoraWeights> lora = new TreeMap<>();
    SortedMap<String, FloatTensor> saved = new TreeMap<>();
    for (Map.Entry<String, FloatTensor> entry : tensors.entrySet()) {
      String name = entry.getKey();
      if (name.endsWith(A) || name.endsWith(B)) {
        String module = name.substring(0, name.length() - A.length());
        if (!lora.containsKey(module)) {
          lora.put(module, pair(path, module, tensors));
        }
      } else if (name.matches(".*\\.(lora|dora|hada)_.*")) {
        throw new AdapterFormatException(
            path,
            "/" + name,
            "unexpected adapter tensor; expected names ending in \"%s\" or \"%s\"".formatted(A, B));
      } else {
        saved.put(name, entry.getValue());
      }
    }
    try {
      return Adapter.of(config(lora, saved), LoraModules.of(lora), saved, record);
    } catch (IllegalArgumentException e) {
      throw AdapterFormatException.because(path, "", e);
    }
  }

  private static LoraWeights pair(Path path, String module, Map<String, FloatTensor> tensors)
      throws AdapterFormatException {
    FloatTensor a = matrix(path, module + A, tensors);
    FloatTensor b = matrix(path, module + B, tensors);
    try {
      return new LoraWeights(a.transposed(), b.transposed());
    } catch (IllegalArgumentException e) {
      throw new AdapterFormatException(
          path, "/" + module, "after transposing: " + e.getMessage(), e);
    }
  }

  private static FloatTensor matrix(Path path, String name, Map<String, FloatTensor> tensors)
      throws AdapterFormatException {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new AdapterFormatException(
          path, "/" + name, "missing; each module needs lora_A and lora_B");
    }
    if (tensor.shape().size() != 2) {
      throw new AdapterFormatException(
          path, "/" + name, "expected a matrix, found shape " + tensor.shape());
    }
    return tensor;
  }

  /**
   * Ranks as found, scale 1. The most frequent rank is the common one, the others become patterns.
   */
  private static LoraConfig config(
      SortedMap<String, LoraWeights> lora, SortedMap<String, FloatTensor> saved) {
    Map<Integer, Long> counts =
        lora.values().stream()
            .collect(Collectors.groupingBy(LoraWeights::rank, TreeMap::new, Collectors.counting()));
    int common =
        counts.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse(LoraConfig.DEFAULT_RANK);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    // Longer paths first: a pattern also matches every path that ends in it.
    Comparator<Map.Entry<String, LoraWeights>> longestFirst =
        Comparator.comparing(entry -> -entry.getKey().length());
    lora.entrySet().stream()
        .sorted(longestFirst)
        .forEach(
            entry -> {
              int rank = entry.getValue().rank();
              if (rank != common || endsAnother(entry.getKey(), lora.keySet())) {
                ranks.put(patternFor(entry.getKey()), rank);
                alphas.put(patternFor(entry.getKey()), (double) rank);
              }
            });
    return LoraConfig.builder()
        .rank(common)
        .alpha(common)
        .rankPattern(ranks)
        .alphaPattern(alphas)
        .targets(new TargetModules.Suffixes(List.copyOf(lora.keySet())))
        .modulesToSave(savedModules(saved))
        .build();
  }

  private static boolean endsAnother(String module, Set<String> modules) {
    return modules.stream().anyMatch(other -> module.endsWith("." + other));
  }

  /**
   * A module path as an expression for itself; usual paths stay readable, a dot then stands for any
   * character.
   */
  private static String patternFor(String module) {
    return module.matches("[\\w.-]+")
        ? module
        : module.replaceAll("[\\[\\]{}()*+?.\\\\^$|#&~-]", "\\\\$0");
  }

  private static List<String> savedModules(SortedMap<String, FloatTensor> saved) {
    TreeSet<String> modules = new TreeSet<>();
    for (String name : saved.keySet()) {
      int dot = name.lastIndexOf('.');
      modules.add(dot < 0 ? name : name.substring(0, dot));
    }
    return List.copyOf(modules);
  }

  private static GraftRecord readSidecar(Path path) throws IOException {
    Path sidecar = sidecar(path);
    if (!Files.exists(sidecar)) {
      return GraftRecord.empty();
    }
    GraftRecord record = GraftJson.read(sidecar);
    ObjectNode extra = record.extra();
    String noted = extra.path(DIGEST_FIELD).asText("");
    String actual = Digests.ofFile(path);
    if (!noted.equals(actual)) {
      throw new AdapterFormatException(
          sidecar,
          "/" + DIGEST_FIELD,
          ("belongs to a file with digest \"%s\", but %s has %s; delete the sidecar or "
                  + "restore its adapter")
              .formatted(noted, path.getFileName(), actual));
    }
    extra.remove(DIGEST_FIELD);
    return record.toBuilder().extra(extra).build();
  }

  private static Path sidecar(Path path) {
    return path.resolveSibling(path.getFileName() + "." + GraftJson.FILE);
  }

  /**
   * Write the file, and the sidecar unless the record says nothing.
   *
   * <p>The sidecar comes second. A crash in between leaves the new file with the old sidecar, which
   * a reader notices and refuses.
   */
  @Override
  public void write(Adapter adapter, Path path, WriteOptions options) throws IOException {
    AdapterChecks.onWrite(adapter);
    if (adapter.config() instanceof LoraConfig config && config.fanInFanOut()) {
      throw new IllegalArgumentException(
          "fan_in_fan_out has no place in an .onnx_adapter file; write the peft format");
    }
    if (Files.exists(path) && !options.replace()) {
      throw new FileAlreadyExistsException(
          path.toString(), null, "exists already; choose another name or ask to replace it");
    }
    SortedMap<String, FloatTensor> tensors = new TreeMap<>(adapter.saved());
    LoraModules.in(adapter)
        .forEach(
            (module, weights) -> {
              tensors.put(module + A, weights.a().transposed());
              tensors.put(module + B, weights.b().transposed().scaled(adapter.scaleOf(module)));
            });
    tensors.forEach(
        (name, tensor) -> {
          if (!tensor.isFinite()) {
            throw new IllegalArgumentException(
                ("tensor \"%s\" overflows when the scale is multiplied into it; "
                        + "write the peft format")
                    .formatted(name));
          }
        });
    OnnxAdapterFile.write(path, tensors, options.dtype());
    if (adapter.record().isEmpty()) {
      Files.deleteIfExists(sidecar(path));
    } else {
      ObjectNode extra = adapter.record().extra().put(DIGEST_FIELD, Digests.ofFile(path));
      GraftJson.write(adapter.record().toBuilder().extra(extra).build(), sidecar(path));
    }
  }
}
