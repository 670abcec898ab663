package dev.graft.bench;

import dev.graft.store.AdapterStore;
import dev.graft.store.StoreLocation;
import dev.graft.store.index.Index;
import dev.graft.store.index.Session;
import dev.graft.store.model.AdapterLine;
import dev.graft.store.model.AdapterName;
import dev.graft.store.model.AliasMove;
import dev.graft.store.model.AuditLine;
import dev.graft.store.model.Quota;
import dev.graft.store.model.Tenant;
import dev.graft.store.model.Version;
import dev.graft.store.model.VersionFile;
import dev.graft.store.model.VersionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;

/**
 * Times a registry of many tenants. Its index is filled directly, in transactions of a hundred
 * tenants, since blobs do not matter to what is timed. Writes a JSON object.
 *
 * <p>Arguments: an empty or missing directory, tenants, versions per tenant, lookups.
 */
public final class StoreTimes {
  private static final int BATCH = 100;

  private final Index index;
  private final int tenants;
  private final int versions;

  private StoreTimes(Index index, int tenants, int versions) {
    this.index = index;
    this.tenants = tenants;
    this.versions = versions;
  }

  private interface Lookup {
    void of(AdapterName adapter) throws IOException;
  }

  /** Fills, measures and prints. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException(
          "expected DIRECTORY TENANTS VERSIONS LOOKUPS, found " + Arrays.toString(args));
    }
    Path directory = Path.of(args[0]);
    int tenants = Integer.parseInt(args[1]);
    int versions = Integer.parseInt(args[2]);
    int lookups = Integer.parseInt(args[3]);
    StoreLocation location = StoreLocation.directory(directory);
    AdapterStore.create(location).close();
    Path file = directory.resolve("index.db");
    long start = System.nanoTime();
    try (Index index = Index.sqlite(file)) {
      new StoreTimes(index, tenants, versions).fill();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    try (AdapterStore store = AdapterStore.open(location)) {
      double[] resolve = times(tenants, lookups, a -> store.resolve(a.alias("prod")));
      double[] number = times(tenants, lookups, a -> store.resolve(a.version(1)));
      double[] show = times(tenants, lookups, a -> store.details(a.alias("prod")));
      double[] list = times(tenants, lookups, a -> store.adapters(a.tenant()));
      System.out.printf(
          Locale.ROOT,
          "{\"tenants\": %d, \"versions\": %d, \"fillSeconds\": %.1f, \"indexBytes\": %d,%n"
              + " \"resolveAlias\": %s, \"resolveNumber\": %s, \"show\": %s, \"list\": %s}%n",
          tenants,
          tenants * versions,
          seconds,
          Files.size(file),
          json(resolve),
          json(number),
          json(show),
          json(list));
    }
  }

  private void fill() throws IOException {
    for (int from = 0; from < tenants; from += BATCH) {
      int first = from;
      index.write(
          "fill",
          false,
          session -> {
            for (int n = first; n < Math.min(first + BATCH, tenants); n++) {
              addTenant(session, n);
            }
            return session;
          });
    }
  }

  private void addTenant(Session session, int n) {
    AdapterName adapter = adapter(n);
    String tenant = adapter.tenant();
    Instant now = Instant.EPOCH.plusSeconds(n);
    long bytes = 1_000_000L * versions;
    session.tenants().insert(Tenant.created(tenant, Quota.NONE, "", "bench", now, ""));
    session.tenants().addUsage(tenant, bytes, versions);
    session.adapters().put(new AdapterLine(adapter, digest(1), digest(2), versions));
    for (int number = 1; number <= versions; number++) {
      AuditLine line =
          session
              .audit()
              .append(
                  now, "bench", tenant, "publish", adapter.version(number).toString(), "{}", "");
      int content = 10 + n * versions + number;
      session.versions().insert(version(adapter, number, content, line));
      session.files().insert(adapter, number, files(content));
    }
    AuditLine line =
        session.audit().append(now, "bench", tenant, "promote", adapter + ":prod", "{}", "");
    session
        .aliases()
        .apply(
            adapter,
            "prod",
            new AliasMove(
                1,
                AliasMove.Kind.PROMOTE,
                OptionalInt.of(versions),
                OptionalInt.empty(),
                "bench",
                now,
                "",
                line.sequence()));
  }

  private static Version version(AdapterName adapter, int number, int content, AuditLine line) {
    return new Version(
        adapter,
        number,
        VersionState.ACTIVE,
        digest(content),
        digest(-content),
        digest(1),
        digest(2),
        "LORA",
        8,
        1_000_000,
        new TreeMap<>(Map.of("evalAccuracy", 0.9, "evalLoss", 0.4)),
        "bench",
        line.time(),
        "",
        line.sequence());
  }

  private static List<VersionFile> files(int content) {
    return List.of(
        VersionFile.plain("adapter_config.json", digest(3), 700),
        VersionFile.plain("adapter_model.safetensors", digest(content), 990_000),
        VersionFile.plain("graft.json", digest(-1000 - content), 9_000),
        VersionFile.plain("manifest.json", digest(-content), 300));
  }

  private static AdapterName adapter(int n) {
    return new AdapterName("tenant-%05d".formatted(n), "support");
  }

  private static String digest(int n) {
    return "sha256:%064x".formatted(n & 0xffffffffL);
  }

  private static double[] times(int tenants, int lookups, Lookup lookup) throws IOException {
    Random random = new Random(1);
    double[] millis = new double[lookups];
    for (int i = -lookups / 5; i < lookups; i++) {
      AdapterName adapter = adapter(random.nextInt(tenants));
      long start = System.nanoTime();
      lookup.of(adapter);
      if (i >= 0) {
        millis[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Arrays.sort(millis);
    return millis;
  }

  private static String json(double[] millis) {
    return String.format(
        Locale.ROOT,
        "{\"medianMillis\": %.3f, \"p99Millis\": %.3f}",
        millis[millis.length / 2],
        millis[millis.length * 99 / 100]);
  }
}
