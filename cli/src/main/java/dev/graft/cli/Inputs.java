package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.format.AdapterFormats;
import dev.graft.adapter.format.LoadedAdapter;
import dev.graft.adapter.format.ReadOptions;
import dev.graft.cli.screen.Screen;
import dev.graft.export.Bundle;
import dev.graft.signing.VerifyingKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens what commands name, with a remedy in the message where it is not there. */
final class Inputs {
  private Inputs() {}

  /** Opens a bundle. */
  static Bundle bundle(Path directory) throws IOException {
    requireExists(directory, "bundle", "make one with 'graft export MODEL.onnx -o %s --task ...'");
    return Bundle.open(directory);
  }

  /** Opens the bundle of a model that generates text. */
  static Bundle decoder(Path directory) throws IOException {
    Bundle bundle = bundle(directory);
    if (bundle.manifest().decoder().isEmpty()) {
      throw new CommandFailure(
          ExitCode.INVALID,
          "'%s' cannot generate text".formatted(directory),
          "it was exported for %s".formatted(bundle.manifest().task().text()),
          "use 'graft predict' or 'graft embed' with it, or export a decoder with --task text-generation");
    }
    return bundle;
  }

  /** Reads an adapter in whatever format it is; its warnings are shown. */
  static Adapter adapter(Path path, Screen screen) throws IOException {
    requireExists(
        path,
        "adapter",
        "give the folder that 'graft train' made (RUN/adapter) or that PEFT saved");
    return load(adapterFolder(path), screen);
  }

  /** The adapter itself where a run is named, which is what people have in hand after training. */
  static Path adapterFolder(Path path) {
    Path inRun = path.resolve("adapter");
    return !AdapterFormats.isAdapter(path) && AdapterFormats.isAdapter(inRun) ? inRun : path;
  }

  private static Adapter load(Path path, Screen screen) throws IOException {
    LoadedAdapter loaded = AdapterFormats.load(path, ReadOptions.strict());
    loaded.warnings().forEach(w -> screen.note(screen.noteStyle().yellow("warning: ") + w));
    return loaded.adapter();
  }

  /** A data file that is there. */
  static Path data(Path file) {
    requireExists(
        file, "data file", "check the path; JSON lines (.jsonl), .csv and .tsv files are read");
    return file;
  }

  /** Reads a public key. */
  static VerifyingKey publicKey(Path file) throws IOException {
    requireExists(file, "key", "give a public key, as 'graft keys signing' writes it");
    return VerifyingKey.read(file);
  }

  /** Reads public keys. */
  static List<VerifyingKey> publicKeys(List<Path> files) throws IOException {
    List<VerifyingKey> keys = new ArrayList<>();
    for (Path file : files) {
      keys.add(publicKey(file));
    }
    return keys;
  }

  /** Refuses an output that is there before any work is done for it. */
  static void requireAbsent(Path output) throws FileAlreadyExistsException {
    if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(output.toString());
    }
  }

  static void requireExists(Path path, String what, String fix) {
    if (!Files.exists(path)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "cannot find the %s".formatted(what),
          "there is no '%s'".formatted(path),
          fix.formatted(path));
    }
  }
}
