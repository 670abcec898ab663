package dev.graft.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps ONNX Runtime's native libraries unpacked inside Graft's own folder. Without this they are
 * unpacked into the system's temporary folder at every start, which takes time, and leaves a folder
 * behind every process and 28 MB behind one that was killed.
 */
final class NativeFiles {
  /** Where ONNX Runtime looks for unpacked libraries. */
  private static final String PROPERTY = "onnxruntime.native.path";

  private static final String FOLDER = "ai/onnxruntime/native/";

  private NativeFiles() {}

  /**
   * Unpacks what is not unpacked yet, and tells ONNX Runtime. Where that is not possible (no home,
   * not writable, an unknown system) ONNX Runtime unpacks by itself.
   *
   * @param home Graft's folder, or empty
   */
  static void keepIn(String home) {
    if (home.isEmpty() || System.getProperty(PROPERTY) != null) {
      return;
    }
    String system = system(System.getProperty("os.name"), System.getProperty("os.arch"));
    List<String> files =
        system.startsWith("osx")
            ? List.of("libonnxruntime.dylib", "libonnxruntime4j_jni.dylib")
            : List.of("libonnxruntime.so", "libonnxruntime4j_jni.so");
    @Nullable URL first = resource(FOLDER + system + "/" + files.get(0));
    if (first == null) {
      return;
    }
    Path folder = Path.of(home, ".graft", "native", "%s-%s".formatted(jarName(first), system));
    try {
      if (!Files.isDirectory(folder)) {
        unpack(folder, system, files);
      }
      System.setProperty(PROPERTY, folder.toString());
    } catch (IOException e) {
      // ONNX Runtime can unpack by itself, and says why if it cannot.
    }
  }

  /** ONNX Runtime's name for a system. */
  static String system(String os, String arch) {
    String name = os.toLowerCase(Locale.ROOT).contains("mac") ? "osx" : "linux";
    boolean arm = arch.equals("aarch64") || arch.equals("arm64");
    return name + (arm ? "-aarch64" : "-x64");
  }

  private static @Nullable URL resource(String name) {
    return NativeFiles.class.getClassLoader().getResource(name);
  }

  /** {@code onnxruntime-1.29.0} of {@code jar:file:/.../onnxruntime-1.29.0.jar!/...}. */
  static String jarName(URL url) {
    String path = url.toString().replaceFirst("\\.jar!.*", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static void unpack(Path folder, String system, List<String> files) throws IOException {
    try {
      NewFolder.make(
          folder,
          work -> {
            for (String file : files) {
              try (InputStream in =
                  NativeFiles.class
                      .getClassLoader()
                      .getResourceAsStream(FOLDER + system + "/" + file)) {
                if (in == null) {
                  throw new IOException("'%s' is not in the jar".formatted(file));
                }
                Files.copy(in, work.resolve(file));
              }
            }
          });
    } catch (IOException e) {
      // Another process may have been faster; then its folder is complete.
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }
}
