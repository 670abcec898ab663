package dev.graft.export;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.graft.inject.ClassificationHead;
import dev.graft.inject.Pooling;
import dev.graft.module.DecoderInfo;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The contents of {@code manifest.json}: what a bundle was made from and what its graphs take.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param producer name and version of the program that wrote the bundle
 * @param pooling how token vectors become one; absent for a decoder
 * @param head the head of a classifier; absent for another task
 * @param headLabels the labels of the head that came with the model and lies in the bundle; empty
 *     where none came
 * @param decoder what the decoder is; absent for an encoder
 * @param adapterTypes PEFT's names of the adapter types that have graphs, such as {@code LORA}
 * @param baseDigest identity of the base model by its weights, {@code sha256:…}
 * @param tokenizerDigest identity of the tokenizer file, absent where the bundle has none
 * @param hiddenSize features of a hidden state
 * @param maxLength the most tokens the base takes for one text
 * @param baseInputs the inputs of the base among the graphs' inputs, in order
 * @param slots places for adapters, in graph order
 * @param patterns how often each canonicalisation pattern matched
 * @param files size and digest of every other file, by name
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
    int formatVersion,
    String producer,
    Task task,
    Optional<Pooling> pooling,
    Optional<ClassificationHead> head,
    List<String> headLabels,
    Optional<DecoderInfo> decoder,
    List<String> adapterTypes,
    String baseDigest,
    Optional<String> tokenizerDigest,
    long hiddenSize,
    int maxLength,
    List<String> baseInputs,
    List<Slot> slots,
    Map<String, Integer> patterns,
    Map<String, FileEntry> files) {

  /** The version of the bundle format that this class describes. */
  public static final int FORMAT_VERSION = 3;

  /** The oldest version that is read; its classifiers have one linear layer. */
  static final int OLDEST_VERSION = 2;

  /** Size and SHA-256 of a file, the latter as {@code sha256:} and hexadecimal digits. */
  public record FileEntry(long sizeBytes, String sha256) {}

  public Manifest {
    baseInputs = List.copyOf(baseInputs);
    headLabels = List.copyOf(headLabels);
    adapterTypes = List.copyOf(adapterTypes);
    slots = List.copyOf(slots);
    patterns = Collections.unmodifiableMap(new TreeMap<>(patterns));
    files = Collections.unmodifiableMap(new TreeMap<>(files));
    if (hiddenSize < 1 || maxLength < 1) {
      throw new IllegalArgumentException(
          "hiddenSize and maxLength must be at least 1, found %d and %d"
              .formatted(hiddenSize, maxLength));
    }
    if (head.isPresent() != (task == Task.TEXT_CLASSIFICATION)) {
      throw new IllegalArgumentException(
          "a bundle for %s %s a head".formatted(task.text(), head.isPresent() ? "has" : "lacks"));
    }
    Set<String> modules = new HashSet<>();
    for (Slot slot : slots) {
      if (!modules.add(slot.module())) {
        throw new IllegalArgumentException("slot '%s' is listed twice".formatted(slot.module()));
      }
    }
  }

  /** This manifest with what is known once the files are written. */
  Manifest withFiles(String tokenizer, Map<String, FileEntry> written) {
    return new Manifest(
        formatVersion,
        producer,
        task,
        pooling,
        head,
        headLabels,
        decoder,
        adapterTypes,
        baseDigest,
        Optional.of(tokenizer),
        hiddenSize,
        maxLength,
        baseInputs,
        slots,
        patterns,
        written);
  }

  /** How a bundle of an encoder pools, in the words of files and the command line. */
  public Optional<String> poolingText() {
    return pooling.map(Pooling::text);
  }

  /**
   * The decoder of a bundle for text generation.
   *
   * @throws IllegalArgumentException if the bundle was exported for another task
   */
  public DecoderInfo requireDecoder() {
    return decoder.orElseThrow(
        () ->
            new IllegalArgumentException(
                "the bundle was exported for %s; export the model for %s"
                    .formatted(task.text(), Task.TEXT_GENERATION.text())));
  }

  /** The module paths of all slots, in graph order. */
  public List<String> slotModules() {
    return slots.stream().map(Slot::module).toList();
  }

  /** The slot of a module. */
  public Optional<Slot> slot(String module) {
    return slots.stream().filter(s -> s.module().equals(module)).findFirst();
  }
}
