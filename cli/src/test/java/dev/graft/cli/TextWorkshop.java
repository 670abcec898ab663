package dev.graft.cli;

import dev.graft.adapter.FloatTensor;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A folder with a tiny decoder, and adapters of both types that answer in different words. */
record TextWorkshop(Path root) {
  private static final String ROWS =
      """
      {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "ANSWER"}]}
      {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes, it is", "weight": 0}, {"role": "user", "content": "is it so?"}, {"role": "assistant", "content": "ANSWER"}]}
      """;

  /** Writes a checkpoint, exports it, and trains {@code yes} and {@code no} (LoRA) and a prefix. */
  static TextWorkshop furnished(Path root) throws IOException {
    TextWorkshop shop = new TextWorkshop(root);
    TinyCheckpoints.of("llama")
        .with("max_position_embeddings", 256)
        .tensors(tensors -> tensors.replaceAll(TextWorkshop::louder))
        .write(shop.model());
    shop.export(shop.model(), shop.bundle()).expect(ExitCode.OK);
    shop.train("yes", "yes, it is", "--targets", "all-linear").expect(ExitCode.OK);
    shop.train("no", "no", "--targets", "all-linear").expect(ExitCode.OK);
    shop.train("prefix", "no", "--adapter-type", "prefix", "--virtual-tokens", 4)
        .expect(ExitCode.OK);
    return shop;
  }

  /** Random weights of the usual size give the same token for ever; these say different things. */
  private static FloatTensor louder(String name, FloatTensor tensor) {
    return name.contains("norm") ? tensor : tensor.scaled(2.5);
  }

  Run export(Path model, Path bundle) {
    return Run.of("export", model, "-o", bundle, "--task", "text-generation");
  }

  private Run train(String name, String answer, Object... more) throws IOException {
    Path data = Files.writeString(at(name + ".jsonl"), ROWS.replace("ANSWER", answer));
    List<Object> args = new ArrayList<>(List.of("train", bundle(), "--data", data, "-o", at(name)));
    args.addAll(List.of("--max-steps", 40, "--lr", 0.02, "--batch-size", 2, "--threads", 1));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  Path model() {
    return at("model");
  }

  Path bundle() {
    return at("bundle");
  }

  /** An adapter as an argument. */
  String named(String name) {
    return name + "=" + at(name);
  }

  Path at(String name) {
    return root.resolve(name);
  }

  /** Writes a file in this folder. */
  Path write(String name, String text) throws IOException {
    return Files.writeString(at(name), text);
  }
}
