package dev.graft.store.blob;

import com.adobe.testing.s3mock.S3MockApplication;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A server that speaks S3, in this process and on the loopback. One serves all tests of a JVM, each
 * under a prefix of its own; it is found as any server is, by the SDK's system properties.
 */
public final class S3Server {
  /** The bucket there is. */
  public static final String BUCKET = "graft";

  private static final S3Server ONLY = new S3Server();

  private final int port;
  private final S3Client client;
  private int prefixes;

  private S3Server() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(S3MockApplication.PROP_HTTP_PORT, 0);
    settings.put(S3MockApplication.PROP_HTTPS_PORT, 0);
    settings.put(S3MockApplication.PROP_SILENT, true);
    settings.put("server.address", "127.0.0.1");
    port = httpPort(S3MockApplication.start(settings));
    System.setProperty("aws.region", "us-east-1");
    System.setProperty("aws.accessKeyId", "tester");
    System.setProperty("aws.secretAccessKey", "top-secret");
    pointTo(port);
    client = S3Client.builder().forcePathStyle(true).build();
    client.createBucket(request -> request.bucket(BUCKET));
  }

  /** Deprecated because it is not encrypted, which a test of this process does without. */
  @SuppressWarnings("deprecation")
  private static int httpPort(S3MockApplication server) {
    return server.getHttpPort();
  }

  /** The running server. */
  public static S3Server running() {
    return ONLY;
  }

  /** Where the server listens. */
  public int port() {
    return port;
  }

  /** Let clients that are opened from now on send to another port. */
  public static void pointTo(int port) {
    System.setProperty("aws.endpointUrl", "http://127.0.0.1:" + port);
  }

  /** A prefix that nobody has used. */
  public synchronized Bucket newPrefix() {
    prefixes++;
    return new Bucket(BUCKET, "test/" + prefixes);
  }

  /** A client without a registry between. */
  public S3Client client() {
    return client;
  }

  /** Write an object. */
  public void write(Bucket bucket, String name, byte[] content) {
    client.putObject(
        request -> request.bucket(bucket.name()).key(bucket.key(name)),
        RequestBody.fromBytes(content));
  }

  /** Read an object. */
  public byte[] read(Bucket bucket, String name) {
    return client
        .getObjectAsBytes(request -> request.bucket(bucket.name()).key(bucket.key(name)))
        .asByteArray();
  }

  /** Delete an object. */
  public void delete(Bucket bucket, String name) {
    client.deleteObject(request -> request.bucket(bucket.name()).key(bucket.key(name)));
  }

  /** How many objects have names that start so. */
  public long count(Bucket bucket, String start) {
    return client
        .listObjectsV2Paginator(request -> request.bucket(bucket.name()).prefix(bucket.key(start)))
        .contents()
        .stream()
        .map(S3Object::key)
        .count();
  }
}
