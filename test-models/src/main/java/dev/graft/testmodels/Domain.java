package dev.graft.testmodels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Labelled customer messages, written for this project: seven labels a domain, 25 training and 10
 * test texts a label, as JSON lines with {@code text} and {@code label}.
 */
public enum Domain {
  /** A bank's support desk. */
  BANKING,
  /** A travel agency. */
  TRAVEL,
  /** A company's IT help desk. */
  HELPDESK;

  /** The name in lower case, as in file names. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** File name of the training texts. */
  public String trainFile() {
    return text() + "-train.jsonl";
  }

  /** File name of the test texts. */
  public String testFile() {
    return text() + "-test.jsonl";
  }

  /** Write both files into a folder, which is made if it is missing. */
  public void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String file : new String[] {trainFile(), testFile()}) {
      EmbeddedMiniLm.copy("/dev/graft/testmodels/data/" + file, folder.resolve(file));
    }
  }
}
