package dev.graft.store.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.model.StoreUnavailableException;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketTest {
  @Test
  void readsBucketAndPrefix() {
    assertEquals(new Bucket("adapters", ""), Bucket.parse("s3://adapters"));
    assertEquals(new Bucket("adapters", ""), Bucket.parse("s3://adapters/"));
    assertEquals(new Bucket("a.b-1", "prod/eu"), Bucket.parse("s3://a.b-1/prod/eu/"));
    assertEquals("s3://adapters/prod", Bucket.parse("s3://adapters/prod").toString());
    assertEquals("s3://adapters", Bucket.parse("s3://adapters/").toString());
    assertEquals("prod/x", Bucket.parse("s3://adapters/prod").key("x"));
    assertEquals("x", Bucket.parse("s3://adapters").key("x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s3:",
        "s3:/x",
        "s3://",
        "s3:///p",
        "S3://adapters",
        "s3://ab",
        "s3://Adapters/x",
        "s3://adapters:9000/x",
        "s3://adapters?x=y",
        "s3://adapters/a//b",
        "s3://adapters/../b",
        "s3://adapters/./b",
        "s3://adapters/a b",
        "s3://adapters/a?b",
        "s3://adapters/\u0430",
        "s3://-adapters/x",
        "gs://adapters/x",
        "https://adapters.example.org/x"
      })
  void refusesWhatIsNoBucket(String url) {
    assertThrows(IllegalArgumentException.class, () -> Bucket.parse(url));
  }

  @Test
  void doesNotRepeatAPassword() {
    var problem =
        assertThrows(
            IllegalArgumentException.class, () -> Bucket.parse("s3://key:secret@adapters/x"));

    assertFalse(problem.toString().contains("secret@"), problem.toString());
    assertTrue(problem.toString().contains("AWS_ACCESS_KEY_ID"), problem.toString());
  }

  @Test
  void givesEachPrefixAFolderOfItsOwn() {
    Bucket bucket = Bucket.parse("s3://adapters/prod");

    assertTrue(bucket.folderName().matches("adapters-[0-9a-f]{12}"), bucket.folderName());
    assertNotEquals(bucket.folderName(), Bucket.parse("s3://adapters/test").folderName());
  }

  @Test
  void saysThatTheSdkIsMissing(@TempDir Path folder) throws Exception {
    try (URLClassLoader loader = withoutSdk()) {
      Class<?> type = loader.loadClass(Bucket.class.getName());
      Object bucket = type.getMethod("parse", String.class).invoke(null, "s3://adapters/x");
      Method open = loader.loadClass(Buckets.class.getName()).getMethod("open", type, Path.class);

      var problem =
          assertThrows(InvocationTargetException.class, () -> open.invoke(null, bucket, folder));

      Throwable cause = Objects.requireNonNull(problem.getCause());
      assertEquals(StoreUnavailableException.class.getName(), cause.getClass().getName());
      assertTrue(cause.toString().contains("software.amazon.awssdk:s3"), cause.toString());
    }
  }

  private static URLClassLoader withoutSdk() throws IOException {
    List<URL> places = new ArrayList<>();
    for (String place : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!place.contains("awssdk")) {
        places.add(Path.of(place).toUri().toURL());
      }
    }
    return new URLClassLoader(places.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }
}
