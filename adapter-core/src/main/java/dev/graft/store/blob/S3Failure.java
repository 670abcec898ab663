package dev.graft.store.blob;

import dev.graft.store.model.StoreUnavailableException;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what a bucket's client reports in the words of the registry. */
final class S3Failure {
  private static final int MAX_TEXT = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int TOO_MANY = 429;
  private static final int SERVER = 500;
  private static final int NOT_IMPLEMENTED = 501;

  private S3Failure() {}

  /**
   * A request that failed.
   *
   * @param doing what was being done, as a verb phrase that ends before the object's address
   */
  static StoreUnavailableException unavailable(
      String doing, Bucket bucket, String key, Exception reason) {
    String place = key.isEmpty() ? bucket.toString() : "s3://%s/%s".formatted(bucket.name(), key);
    if (reason instanceof AwsServiceException service) {
      return new StoreUnavailableException(
          "cannot %s %s: %s; %s".formatted(doing, place, reason(service), remedy(service)), reason);
    }
    String text = clean(String.valueOf(reason.getMessage()));
    return new StoreUnavailableException(
        "cannot %s %s: %s".formatted(doing, place, ofClient(text)), reason);
  }

  private static String ofClient(String text) {
    if (text.startsWith("Unable to load credentials")) {
      return "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";
    }
    return "%s; check the network and AWS_ENDPOINT_URL, then try again".formatted(text);
  }

  private static String reason(AwsServiceException e) {
    int status = e.statusCode();
    String code = code(e).map(c -> " " + c).orElse("");
    String message =
        Optional.ofNullable(e.awsErrorDetails())
            .map(AwsErrorDetails::errorMessage)
            .map(text -> ", " + clean(text))
            .orElse("");
    String start = status == FORBIDDEN || status == UNAUTHORIZED ? "permission denied, " : "";
    return "%sthe server answers %d%s%s".formatted(start, status, code, message);
  }

  private static String remedy(AwsServiceException e) {
    int status = e.statusCode();
    if (status == FORBIDDEN || status == UNAUTHORIZED) {
      return "check the credentials, and that they allow to list the bucket and to get, put and delete its objects";
    }
    if (code(e).filter("NoSuchBucket"::equals).isPresent()) {
      return "create the bucket or correct its name";
    }
    if (status >= SERVER || status == TOO_MANY) {
      return "try again later";
    }
    return status < NOT_FOUND
        ? "check that AWS_REGION is the region of the bucket, and AWS_ENDPOINT_URL"
        : "try again, and look into the server's log if it stays so";
  }

  private static Optional<String> code(AwsServiceException e) {
    return Optional.ofNullable(e.awsErrorDetails())
        .map(AwsErrorDetails::errorCode)
        .map(S3Failure::clean);
  }

  /** What a server sends is shown to people: short, and without control characters. */
  private static String clean(String text) {
    String plain = text.replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ").replace(';', ',').strip();
    return plain.length() <= MAX_TEXT ? plain : plain.substring(0, MAX_TEXT) + "…";
  }

  private static boolean hasStatus(SdkException e, int status) {
    return e instanceof AwsServiceException service && service.statusCode() == status;
  }

  /** Whether there is no such object. A bucket that is not there is another matter. */
  static boolean isMissing(SdkException e) {
    return hasStatus(e, NOT_FOUND)
        && e instanceof AwsServiceException service
        && code(service).filter("NoSuchBucket"::equals).isEmpty();
  }

  /** Whether an object that was to be new is there. */
  static boolean isTaken(SdkException e) {
    return hasStatus(e, PRECONDITION_FAILED) || hasStatus(e, CONFLICT);
  }

  /** Whether the server does not know what it was asked. */
  static boolean isUnknown(SdkException e) {
    return hasStatus(e, NOT_IMPLEMENTED);
  }
}
