package dev.graft.store;

import static dev.graft.store.StoreSamples.SUPPORT;
import static dev.graft.store.StoreSamples.adapter;

import dev.graft.store.blob.Bucket;
import dev.graft.store.model.Alias;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.Quota;
import dev.graft.store.model.StoreException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionState;
import dev.graft.store.model.VersionStateException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A process that works on a registry until its standard input ends or it is killed, and prints a
 * line for everything the registry has acknowledged.
 */
final class StoreWorker {
  private final AdapterStore store;
  private final Change me;
  private final Random random;
  private final Optional<ProcessHandle> parent = ProcessHandle.current().parent();
  private final PrintStream out =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  private StoreWorker(AdapterStore store, int seed) {
    this.store = store;
    this.me = Change.by("worker-" + seed);
    this.random = new Random(seed);
  }

  /** Arguments: the job, its seed, the directory, the JDBC URL and the bucket, or nothing. */
  public static void main(String[] arguments) throws IOException {
    StoreLocation location =
        new StoreLocation(
            Path.of(arguments[2]),
            Optional.of(arguments[3]).filter(url -> !url.isEmpty()),
            Optional.of(arguments[4]).filter(url -> !url.isEmpty()).map(Bucket::parse));
    try (AdapterStore store = AdapterStore.open(location)) {
      StoreWorker worker = new StoreWorker(store, Integer.parseInt(arguments[1]));
      switch (arguments[0]) {
        case "write" -> worker.write();
        case "read" -> worker.read();
        case "move" -> worker.move();
        case "fill" -> worker.fill();
        case "import" -> worker.importAgain(Path.of(arguments[2]).resolveSibling("acme.tar"));
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private void say(Object... words) {
    out.println(Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
  }

  /** Until it is told to end, or nobody is left to tell it. */
  private boolean mayGoOn() throws IOException {
    return System.in.available() == 0 && parent.map(ProcessHandle::isAlive).orElse(false);
  }

  private void write() throws IOException {
    say("ready");
    while (mayGoOn()) {
      try {
        step();
      } catch (VersionStateException | NotInStoreException e) {
        // Another writer deleted what this one had chosen.
        say("lost", String.valueOf(e.getMessage()));
      }
    }
  }

  private void step() throws IOException {
    int seed = random.nextInt(1_000_000);
    PublishRequest request = PublishRequest.of(SUPPORT, adapter(seed, 0.9));
    if (random.nextBoolean()) {
      request.alias("candidate");
    }
    Version version = store.publish(request, me).version();
    say("published", version.number(), version.digest());
    AliasChange change = store.promote(version.reference(), "prod", Expected.anything(), me);
    Alias alias = change.after().orElseThrow();
    say("moved", alias.revision(), alias.version());
    if (random.nextInt(4) == 0) {
      alias = store.rollback(SUPPORT, "prod", Expected.anything(), me).after().orElseThrow();
      say("moved", alias.revision(), alias.version());
    }
    if (random.nextInt(3) == 0) {
      store.setState(version.reference(), VersionState.DELETED, me);
      say("deleted", version.number());
      store.collect(Duration.ZERO, me);
    }
  }

  /** Whatever an alias points to can be opened, or was deleted since. */
  private void read() throws IOException {
    say("ready");
    int opened = 0;
    while (mayGoOn()) {
      for (String alias : List.of("prod", "candidate")) {
        try {
          store.load(SUPPORT.alias(alias));
          opened++;
        } catch (NotInStoreException | VersionStateException e) {
          Thread.onSpinWait();
        } catch (StoreException e) {
          say("bad", e);
        }
      }
    }
    say("opened", opened);
  }

  /** Moves one alias by compare-and-set, recording when each call began, ended, and what it saw. */
  private void move() throws IOException {
    say("ready");
    for (int i = 0; i < 25; i++) {
      long start = System.nanoTime();
      Optional<Alias> seen = store.alias(SUPPORT, "prod");
      say("read", start, System.nanoTime(), revision(seen));
      int target = seen.map(Alias::version).orElse(0) % 4 + 1;
      start = System.nanoTime();
      try {
        Alias moved =
            store
                .promote(SUPPORT.version(target), "prod", Expected.unchanged(seen), me)
                .after()
                .orElseThrow();
        say("won", start, System.nanoTime(), moved.revision());
      } catch (AliasConflictException e) {
        say("lost", start, System.nanoTime(), revision(e.found()));
      }
    }
  }

  private static int revision(Optional<Alias> alias) {
    return alias.map(Alias::revision).orElse(0);
  }

  /** Adds tenants with long notes until the disk is full. */
  private void fill() throws IOException {
    Change wordy = me.note("x".repeat(4000));
    for (int n = 0; n < 10_000; n++) {
      try {
        say("created", store.createTenant("tenant" + n, Quota.NONE, wordy).name());
      } catch (StoreUnavailableException e) {
        say("full", String.valueOf(e.getMessage()));
        return;
      }
    }
  }

  /** Imports an archive under one name after the other. */
  private void importAgain(Path archive) throws IOException {
    say("ready");
    for (int n = 0; mayGoOn(); n++) {
      String name = me.author() + "-" + n;
      store.importTenant(archive, ImportOptions.DEFAULTS.as(name), me);
      say("imported", name);
    }
  }
}
