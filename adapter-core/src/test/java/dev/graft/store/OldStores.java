package dev.graft.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Registries that earlier formats wrote. */
final class OldStores {
  private OldStores() {}

  /** One of the first format, with two versions of {@code acme/support}; says where. */
  static Path unpackFirst(Path folder) throws IOException {
    return unpack(folder, 1);
  }

  /** One of a format; says where. */
  static Path unpack(Path folder, int format) throws IOException {
    String resource = "/formats/store-%d.zip".formatted(format);
    try (InputStream file = OldStores.class.getResourceAsStream(resource)) {
      if (file == null) {
        throw new IOException(resource + " is missing");
      }
      ZipInputStream zip = new ZipInputStream(file);
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = folder.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.resolveSibling("."));
          Files.copy(zip, target);
        }
      }
    }
    return folder.resolve("store-%d".formatted(format));
  }
}
