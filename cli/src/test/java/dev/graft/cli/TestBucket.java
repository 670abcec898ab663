package dev.graft.cli;

import com.adobe.testing.s3mock.S3MockApplication;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket of a server in this process, on the loopback. Commands find it by the SDK's system
 * properties, which stand for its environment variables.
 */
final class TestBucket implements AutoCloseable {
  private static final String NAME = "graft";
  private static final List<String> PROPERTIES =
      List.of("aws.endpointUrl", "aws.region", "aws.accessKeyId", "aws.secretAccessKey");

  private final S3MockApplication server;
  private final S3Client client;

  private TestBucket(S3MockApplication server) {
    this.server = server;
    List<String> values =
        List.of("http://127.0.0.1:" + httpPort(server), "us-east-1", "tester", "top-secret");
    for (int i = 0; i < values.size(); i++) {
      System.setProperty(PROPERTIES.get(i), values.get(i));
    }
    this.client = S3Client.builder().forcePathStyle(true).build();
    client.createBucket(request -> request.bucket(NAME));
  }

  static TestBucket start() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(S3MockApplication.PROP_HTTP_PORT, 0);
    settings.put(S3MockApplication.PROP_HTTPS_PORT, 0);
    settings.put(S3MockApplication.PROP_SILENT, true);
    settings.put("server.address", "127.0.0.1");
    return new TestBucket(S3MockApplication.start(settings));
  }

  /** Deprecated because it is not encrypted, which a test of this process does without. */
  @SuppressWarnings("deprecation")
  private static int httpPort(S3MockApplication server) {
    return server.getHttpPort();
  }

  /** The bucket's URL with a prefix. */
  String url(String prefix) {
    return "s3://%s/%s".formatted(NAME, prefix);
  }

  /** Changes the content of the largest object below a prefix. */
  void damage(String prefix) {
    S3Object largest =
        client
            .listObjectsV2Paginator(request -> request.bucket(NAME).prefix(prefix))
            .contents()
            .stream()
            .max((a, b) -> Long.compare(a.size(), b.size()))
            .orElseThrow();
    client.putObject(
        request -> request.bucket(NAME).key(largest.key()), RequestBody.fromString("damaged"));
  }

  /** Stops the server; what was set for it is unset. */
  @Override
  public void close() {
    client.close();
    server.stop();
    PROPERTIES.forEach(System::clearProperty);
  }
}
