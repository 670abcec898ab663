package dev.graft.ort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Weights in mapped files that several models use in place, so that one copy serves them all.
 *
 * <p>Given to a model, they replace its initializers of the same names; a model need not use all of
 * them. Of the ways Java has to supply external data, this is the one that costs the weights once:
 * two sessions over one file of 95 MB, without prepacking, added 93 MB to the resident set. Letting
 * each session map the file itself by its folder added 185 MB (the pages are shared, but counted
 * per mapping), and {@code addExternalInitializers} copied the weights into every session, 280 MB.
 * Prepacking adds a copy per session in every case. On another device than the CPU ONNX Runtime
 * ignores these and uploads the file's bytes, so a model still names its folder.
 *
 * <p>The owner closes it; models opened with it keep the memory until they are closed.
 */
public final class ExternalWeights implements AutoCloseable {
  private final Map<String, NativeTensor> tensors;
  private final boolean owner;

  private ExternalWeights(Map<String, NativeTensor> tensors, boolean owner) {
    this.tensors = tensors;
    this.owner = owner;
  }

  /**
   * Where one initializer lies in a file.
   *
   * @param name the initializer's name in the graph
   * @param offset first byte
   */
  public record Slice(String name, ElementType type, List<Long> shape, long offset) {
    public Slice {
      shape = List.copyOf(shape);
    }

    private long[] dims() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private long lengthBytes() {
      return shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
    }
  }

  /**
   * Own tensors that the caller made, for instance over slices it mapped itself; they are closed
   * with this.
   */
  public static ExternalWeights of(Map<String, NativeTensor> tensors) {
    return new ExternalWeights(new TreeMap<>(tensors), true);
  }

  /** Look at tensors that somebody else owns; closing this leaves them open. */
  public static ExternalWeights view(Map<String, NativeTensor> tensors) {
    return new ExternalWeights(new TreeMap<>(tensors), false);
  }

  /**
   * Map slices of one little-endian file, read-only.
   *
   * @throws IOException if the file cannot be read or a slice lies outside it
   */
  public static ExternalWeights map(Path file, Collection<Slice> slices) throws IOException {
    Map<String, NativeTensor> made = new TreeMap<>();
    boolean complete = false;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      for (Slice slice : slices) {
        long length = slice.lengthBytes();
        if (slice.offset() < 0 || length > size - slice.offset()) {
          throw new IOException(
              "weight \"%s\" needs %d bytes at offset %d of \"%s\", which has %d; is the file truncated?"
                  .formatted(slice.name(), length, slice.offset(), file, size));
        }
        ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, slice.offset(), length);
        made.put(slice.name(), NativeTensor.wrap(mapped, slice.type(), slice.dims()));
      }
      complete = true;
      return new ExternalWeights(made, true);
    } finally {
      if (!complete) {
        made.values().forEach(NativeTensor::close);
      }
    }
  }

  /** Names of the initializers it holds, sorted. */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  @Override
  public void close() {
    if (!owner) {
      return;
    }
    tensors.values().forEach(NativeTensor::close);
  }

  /** Take a hold on every tensor, all or none. */
  Map<String, NativeTensor> retain() {
    List<NativeTensor> held = new ArrayList<>();
    try {
      for (NativeTensor tensor : tensors.values()) {
        tensor.retain();
        held.add(tensor);
      }
    } catch (IllegalStateException e) {
      held.forEach(NativeTensor::release);
      throw e;
    }
    return tensors;
  }
}
