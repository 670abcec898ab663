package dev.graft.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The native tokenizer library of the DJL jar, loaded once from the jar itself.
 *
 * <p>DJL's own loader is not used on purpose: it looks for CUDA, may download another build of the
 * library, keeps a copy in the user's home, and its public tokenizer class reports to a telemetry
 * address on some cloud machines. Here the library is unpacked to a temporary folder (property
 * {@code java.io.tmpdir}), loaded, and deleted at once where the system allows that, else when the
 * process ends.
 */
final class TokenizerLibrary {
  private static final TokenizerLibrary INSTANCE = new TokenizerLibrary(load());

  private final @Nullable Throwable failure;

  private TokenizerLibrary(@Nullable Throwable failure) {
    this.failure = failure;
  }

  /** Return the library's entry points. */
  static TokenizersLibrary get() throws TokenizerException {
    Throwable failure = INSTANCE.failure;
    if (failure != null) {
      throw new TokenizerException(
          "the native tokenizer library cannot be loaded: %s; it needs Linux (glibc), macOS on arm64 or Windows on x86-64, and a temporary folder that may execute (java -Djava.io.tmpdir=DIR)"
              .formatted(failure.getMessage()),
          failure);
    }
    return TokenizersLibrary.LIB;
  }

  private static @Nullable Throwable load() {
    try {
      OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
      unpackAndLoad(platform(system.getName(), system.getArch()));
      return null;
    } catch (IOException | LinkageError | RuntimeException e) {
      return e;
    }
  }

  private static void unpackAndLoad(String platform) throws IOException {
    String file = System.mapLibraryName("tokenizers");
    String resource = "/native/lib/%s/cpu/".formatted(platform);
    Path folder = Files.createTempDirectory("graft-tokenizers-");
    folder.toFile().deleteOnExit();
    if (platform.startsWith("win")) {
      // The library's own dependencies, in the order in which they need each other.
      for (String needed :
          new String[] {"libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll"}) {
        loadCopy(resource + needed, folder.resolve(needed));
      }
    }
    loadCopy(resource + file, folder.resolve(file));
    // Fails on Windows, where a loaded library is locked; the exit hook has both.
    folder.toFile().delete();
  }

  private static void loadCopy(String resource, Path copy) throws IOException {
    copy.toFile().deleteOnExit();
    try (InputStream in = TokenizersLibrary.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("the jar has no \"%s\"".formatted(resource));
      }
      Files.copy(in, copy);
    }
    System.load(copy.toAbsolutePath().toString());
    copy.toFile().delete();
  }

  /** Name a platform as DJL's jar does. */
  static String platform(String os, String architecture) {
    String system = os.toLowerCase(Locale.ROOT);
    String prefix =
        system.startsWith("mac") ? "osx" : system.startsWith("windows") ? "win" : system;
    String arch = architecture.toLowerCase(Locale.ROOT);
    return prefix
        + "-"
        + (arch.equals("amd64") ? "x86_64" : arch.equals("arm64") ? "aarch64" : arch);
  }
}
