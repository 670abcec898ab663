package dev.graft.export;

import dev.graft.files.Digests;
import dev.graft.module.LinearModule;
import dev.graft.onnx.ElementType;
import dev.graft.onnx.Graph;
import dev.graft.onnx.Node;
import dev.graft.onnx.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The identity of a base model: a digest over the weights of its linear modules, by module path and
 * in the orientation {@code [in, out]}, and over its embedding tables.
 *
 * <p>Two exports of one checkpoint have one identity, whichever exporter made them and however it
 * stored or decomposed the rest; another checkpoint of the same architecture has another.
 */
final class BaseDigest {
  private BaseDigest() {}

  static String of(Graph graph, List<LinearModule> modules) {
    MessageDigest digest = Digests.sha256();
    Set<String> tables = tableNames(graph);
    modules.stream()
        .filter(m -> !tables.contains(m.weight()))
        .sorted(Comparator.comparing(LinearModule::path))
        .forEach(m -> addModule(digest, graph, m));
    embeddingTables(graph).forEach(table -> add(digest, "embedding " + table));
    return Digests.text(digest);
  }

  private static void addModule(MessageDigest digest, Graph graph, LinearModule module) {
    add(digest, "linear %s %d %d".formatted(module.path(), module.in(), module.out()));
    Tensor weight = graph.initializers().get(module.weight());
    if (weight == null) {
      throw new IllegalStateException("no weight '%s'".formatted(module.weight()));
    }
    boolean turned = module.layout() == LinearModule.Layout.OUT_IN;
    if (turned) {
      digest.update(transposed(weight));
    } else {
      update(digest, weight);
    }
  }

  private static void update(MessageDigest digest, Tensor tensor) {
    try {
      tensor.data().forEachPart(digest::update);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The tables that {@code Gather} reads by row. A head that is tied to one counts as the table.
   */
  private static Set<String> tableNames(Graph graph) {
    Set<String> names = new TreeSet<>();
    for (Node node : graph.nodes()) {
      Tensor table = node.is("Gather") ? graph.initializers().get(node.input(0)) : null;
      if (table != null && table.dims().size() == 2 && table.elementType().isFloatingPoint()) {
        names.add(node.input(0));
      }
    }
    return names;
  }

  /** Content digests of the embedding tables, sorted. */
  private static List<String> embeddingTables(Graph graph) {
    List<String> tables = new ArrayList<>();
    for (String name : tableNames(graph)) {
      Tensor table = graph.initializers().get(name);
      if (table != null) {
        MessageDigest digest = Digests.sha256();
        update(digest, table);
        tables.add(table.dims() + " " + HexFormat.of().formatHex(digest.digest()));
      }
    }
    return tables.stream().distinct().sorted().toList();
  }

  private static ByteBuffer transposed(Tensor weight) {
    int rows = Math.toIntExact(weight.dims().get(0));
    int columns = Math.toIntExact(weight.dims().get(1));
    int size = weight.elementType().sizeBytes();
    ByteBuffer from = weight.data().bytes();
    ByteBuffer to = ByteBuffer.allocate(from.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    for (int column = 0; column < columns; column++) {
      for (int row = 0; row < rows; row++) {
        int at = (row * columns + column) * size;
        if (weight.elementType() == ElementType.FLOAT) {
          to.putInt(from.getInt(at));
        } else {
          for (int i = 0; i < size; i++) {
            to.put(from.get(at + i));
          }
        }
      }
    }
    return to.flip();
  }

  private static void add(MessageDigest digest, String text) {
    digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
