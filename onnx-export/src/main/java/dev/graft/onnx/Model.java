package dev.graft.onnx;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A graph with what a file says around it.
 *
 * @param opsets version per operator domain; the standard domain is the empty string
 * @param metadata the file's key-value properties
 */
public record Model(
    long irVersion,
    Map<String, Long> opsets,
    String producerName,
    String producerVersion,
    Graph graph,
    Map<String, String> metadata,
    Extras extras) {

  /** The opset in which Graft writes: the newest it reads, so that conversion only goes upwards. */
  public static final long OPSET = 21;

  /** The lowest opset that is read. */
  public static final long MIN_OPSET = 11;

  /** The IR version that belongs to {@link #OPSET}. */
  public static final long IR_VERSION = 10;

  public Model {
    opsets = Collections.unmodifiableMap(new TreeMap<>(opsets));
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** A model made by Graft of a graph in its own opset. */
  public static Model of(Graph graph) {
    return new Model(
        IR_VERSION,
        Map.of("", OPSET, OpId.MICROSOFT, 1L),
        "graft",
        "",
        graph,
        Map.of(),
        Extras.NONE);
  }

  /** The version of the standard operators. */
  public long opset() {
    return opsets.getOrDefault("", 0L);
  }

  public Model withGraph(Graph newGraph) {
    return new Model(irVersion, opsets, producerName, producerVersion, newGraph, metadata, extras);
  }

  public Model withMetadata(Map<String, String> newMetadata) {
    return new Model(irVersion, opsets, producerName, producerVersion, graph, newMetadata, extras);
  }

  public Model withOpsets(long newIrVersion, Map<String, Long> newOpsets) {
    return new Model(
        newIrVersion, newOpsets, producerName, producerVersion, graph, metadata, extras);
  }
}
