package dev.graft.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/** What an answer that is not 200 means. */
final class HubRefusals {
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private final HubSettings settings;
  private final HubHttp http;
  private final Nearby nearby;

  HubRefusals(HubSettings settings, HubHttp http) {
    this.settings = settings;
    this.http = http;
    nearby = new Nearby(http);
  }

  /**
   * The exception to throw.
   *
   * @param what what was asked for: {@code model 'a/b'}
   */
  IOException of(HubHttp.Answer<?> answer, HubId id, String revision, String what) {
    int status = answer.status();
    boolean busy = status == 408 || status == 429 || status >= 500;
    // A signed address of a storage expires; the next attempt gets another one.
    boolean expired = status >= 400 && status < 500 && !http.isEndpoint(answer.address());
    if (busy || (expired && status != 416)) {
      return new HubException.Passing(
          "%s answered with status %d".formatted(Origin.of(answer.address()), status),
          retryAfter(answer.headers()).orElse(null));
    }
    String code = answer.headers().firstValue("X-Error-Code").orElse("");
    String endpoint = settings.endpoint().toString();
    if (code.equals("GatedRepo")) {
      return gated(id, endpoint);
    }
    if (code.equals("RevisionNotFound")) {
      return new HubException.NotFound(
          "model '%s' has no revision '%s'; %s"
              .formatted(
                  id,
                  FileNames.shown(revision),
                  or(nearby.revision(id, revision), "see its branches and tags at " + endpoint)));
    }
    if (code.equals("EntryNotFound")) {
      return new HubException.NotFound(
          "%s is listed but not there; pull again later".formatted(what));
    }
    if (status == 401 && settings.token().isPresent() && !code.equals("RepoNotFound")) {
      return new HubException.Denied(
          "%s does not accept the token; set HF_TOKEN to one that is valid".formatted(endpoint));
    }
    if (status == 404 || status == 401) {
      return missing(id, endpoint);
    }
    if (status == 403) {
      String reason = answer.headers().firstValue("X-Error-Message").orElse("status 403");
      return new HubException.Denied(
          "%s does not let this %s have %s (%s); ask its owner for access"
              .formatted(
                  endpoint,
                  settings.token().isPresent() ? "token" : "machine without a token",
                  what,
                  FileNames.shown(reason)));
    }
    return new HubException(
        "%s answered with status %d to the request for %s; check that the endpoint is a Hub"
            .formatted(Origin.of(answer.address()), status, what));
  }

  private HubException gated(HubId id, String endpoint) {
    String accept = "accept its conditions at %s/%s".formatted(endpoint, id);
    return new HubException.Denied(
        settings.token().isPresent()
            ? "model '%s' is gated and the token's owner has no access; %s".formatted(id, accept)
            : "model '%s' is gated and no token is set; %s and set HF_TOKEN".formatted(id, accept));
  }

  private HubException missing(HubId id, String endpoint) {
    String otherwise =
        settings.token().isPresent()
            ? "check the id, and that the token may read it"
            : "check the id, or set HF_TOKEN";
    return new HubException.NotFound(
        "%s has no model '%s', or it is private; %s"
            .formatted(endpoint, id, or(nearby.model(id), otherwise)));
  }

  private static String or(String hint, String otherwise) {
    return hint.isEmpty() ? otherwise : hint;
  }

  /** Seconds, or a date. */
  private static Optional<Duration> retryAfter(HttpHeaders headers) {
    String value = headers.firstValue("Retry-After").orElse("").strip();
    if (SECONDS.matcher(value).matches()) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), then);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
