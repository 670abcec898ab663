package dev.graft.family;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a family calls its tensors.
 *
 * @param prefix how names of the base model begin in a checkpoint that has a head: {@code model.}
 * @param keepsPrefix whether graphs keep it; a checkpoint of the base alone has none, and gets it
 * @param layer what stands before a layer's number, without the prefix
 * @param ignored names (as graphs have them) of tensors that hold nothing of the model, such as
 *     causal masks that older versions saved
 * @param heads beginnings of the names of heads that are no part of the graph
 */
record TensorNames(
    String prefix,
    boolean keepsPrefix,
    String layer,
    Optional<Pattern> ignored,
    List<String> heads,
    List<String> graphHeads) {

  TensorNames {
    heads = List.copyOf(heads);
    graphHeads = List.copyOf(graphHeads);
  }

  /** The name of a checkpoint's tensor in a graph. */
  String canonical(String name, Collection<String> all) {
    String plain = name;
    if (!keepsPrefix) {
      plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    } else if (!graphHeads.contains(name) && all.stream().noneMatch(n -> n.startsWith(prefix))) {
      plain = prefix + name;
    }
    // Checkpoints converted from TensorFlow have TensorFlow's names of a normalisation.
    return plain
        .replaceFirst("LayerNorm\\.gamma$", "LayerNorm.weight")
        .replaceFirst("LayerNorm\\.beta$", "LayerNorm.bias");
  }

  boolean isIgnored(String name) {
    return ignored.map(p -> p.matcher(name).matches()).orElse(false);
  }

  boolean isHead(String name) {
    return heads.stream().anyMatch(name::startsWith);
  }

  /** One more than the highest number of a layer among the names. */
  int layers(Collection<String> names) {
    String start = Pattern.quote((keepsPrefix ? prefix : "") + layer);
    Pattern numbered = Pattern.compile("^" + start + "(\\d{1,6})\\.");
    int layers = 0;
    for (String name : names) {
      Matcher matcher = numbered.matcher(name);
      if (matcher.find()) {
        layers = Math.max(layers, Integer.parseInt(matcher.group(1)) + 1);
      }
    }
    return layers;
  }
}
