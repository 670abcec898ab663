package dev.graft.store.blob;

import dev.graft.store.model.StoreUnavailableException;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Opens clients. Endpoint, region and credentials are found as the SDK finds them: system
 * properties, environment variables, profiles, the machine's role.
 */
final class S3Clients {
  private S3Clients() {}

  /** A client for a bucket; whoever opens it closes it. */
  static S3Client open(Bucket bucket, S3Limits limits) throws StoreUnavailableException {
    S3Client client = withRegion(bucket, limits);
    if (!hasEndpoint(client)) {
      return client;
    }
    // Servers of one's own seldom have a host name for each bucket.
    Region region = client.serviceClientConfiguration().region();
    client.close();
    return builder(limits).region(region).forcePathStyle(true).build();
  }

  private static S3Client withRegion(Bucket bucket, S3Limits limits)
      throws StoreUnavailableException {
    try {
      return builder(limits).build();
    } catch (SdkClientException e) {
      // A server of one's own takes any region.
      S3Client client = builder(limits).region(Region.US_EAST_1).build();
      if (hasEndpoint(client)) {
        return client;
      }
      client.close();
      throw new StoreUnavailableException(
          "cannot open %s: no region is set; set AWS_REGION to the region of the bucket"
              .formatted(bucket),
          e);
    }
  }

  private static boolean hasEndpoint(S3Client client) {
    return client.serviceClientConfiguration().endpointOverride().isPresent();
  }

  /** Digests are checked here, and sent with what is put; not all servers know other checksums. */
  private static S3ClientBuilder builder(S3Limits limits) {
    return S3Client.builder()
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .httpClientBuilder(
            Apache5HttpClient.builder()
                .connectionTimeout(limits.connect())
                .connectionAcquisitionTimeout(limits.silence())
                .socketTimeout(limits.silence()))
        .overrideConfiguration(
            configuration ->
                configuration
                    .apiCallTimeout(limits.transfer())
                    .retryStrategy(
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(limits.attempts())
                            .build()));
  }

  /** For requests without a blob in them. */
  static AwsRequestOverrideConfiguration look(S3Limits limits) {
    return AwsRequestOverrideConfiguration.builder().apiCallTimeout(limits.look()).build();
  }
}
