package dev.graft.hub;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which files of a repository are taken. By default those that Graft can use; with globs those that
 * match one. Files that run code when they are opened are never taken.
 */
final class FileSelection {
  /** Taken from the top folder. */
  private static final List<String> USED =
      List.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja",
          "*.safetensors",
          "model.safetensors.index.json",
          "adapter_config.json",
          "README*",
          "LICENSE*");

  /** Taken from any folder; exports often lie in {@code onnx/}. */
  private static final List<String> USED_ANYWHERE = List.of("*.onnx", "*.onnx_data");

  /** Pickles and programs, and weights in formats that are not read. */
  private static final List<String> NEVER =
      List.of(
          "*.bin",
          "*.pt",
          "*.pth",
          "*.ckpt",
          "*.pkl",
          "*.pickle",
          "*.joblib",
          "*.npy",
          "*.npz",
          "*.py",
          "*.pyc",
          "*.sh",
          "*.so",
          "*.dll",
          "*.jar",
          "*.class",
          "*.h5",
          "*.keras",
          "*.msgpack");

  /** A second copy of the weights, in one maker's own naming, beside the usual one. */
  private static final String SECOND_COPY = "consolidated*.safetensors";

  private static final List<String> WEIGHTS =
      List.of("model.safetensors", "model.safetensors.index.json");

  private FileSelection() {}

  /**
   * The names to take, in order.
   *
   * @param globs what to take instead of the default; {@code *} and {@code ?} also stand for
   *     slashes, as they do in the Hub's own tools
   */
  static SortedSet<String> of(Collection<String> names, List<String> globs) {
    boolean hasUsualWeights = WEIGHTS.stream().anyMatch(names::contains);
    TreeSet<String> taken = new TreeSet<>();
    for (String name : names) {
      boolean wanted = globs.isEmpty() ? isUsed(name) : matchesAny(globs, name);
      boolean isCopy = globs.isEmpty() && hasUsualWeights && matches(SECOND_COPY, name);
      if (wanted && !isCopy && !isNever(name)) {
        taken.add(name);
      }
    }
    return taken;
  }

  private static boolean isUsed(String name) {
    return matchesAny(USED_ANYWHERE, name) || (name.indexOf('/') < 0 && matchesAny(USED, name));
  }

  /** Whether a file is left where it is, whatever is asked for. */
  static boolean isNever(String name) {
    return matchesAny(NEVER, name.toLowerCase(Locale.ROOT));
  }

  private static boolean matchesAny(List<String> globs, String name) {
    return globs.stream().anyMatch(glob -> matches(glob, name));
  }

  /** Matches {@code *} and {@code ?} in time that grows with the product of both lengths only. */
  static boolean matches(String glob, String name) {
    int g = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (g < glob.length() && glob.charAt(g) == '*') {
        star = g++;
        resume = n;
      } else if (g < glob.length() && (glob.charAt(g) == '?' || glob.charAt(g) == name.charAt(n))) {
        g++;
        n++;
      } else if (star >= 0) {
        g = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (g < glob.length() && glob.charAt(g) == '*') {
      g++;
    }
    return g == glob.length();
  }
}
