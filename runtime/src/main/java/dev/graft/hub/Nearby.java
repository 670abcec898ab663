package dev.graft.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.graft.adapter.NearestNames;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Names that a mistyped model or revision may have meant. Asked once, and left out where the
 * endpoint does not answer: the message does without.
 */
final class Nearby {
  private static final int MAX_NAMES = 1000;

  private final HubHttp http;

  Nearby(HubHttp http) {
    this.http = http;
  }

  /** Among the owner's other models. */
  String model(HubId id) {
    String filter =
        id.owner().isEmpty()
            ? "search=" + HubHttp.escaped(id.name())
            : "author=" + HubHttp.escaped(id.owner());
    List<String> names = new ArrayList<>();
    for (JsonNode model : ask(http.address(filter + "&limit=300", "api", "models"))) {
      add(names, model.path("id"));
    }
    return NearestNames.suggestion(id.text(), names);
  }

  /** Among the model's branches and tags. */
  String revision(HubId id, String wanted) {
    List<String> parts = new ArrayList<>(List.of("api", "models"));
    parts.addAll(List.of(id.text().split("/", -1)));
    parts.add("refs");
    JsonNode refs = ask(http.address("", parts.toArray(String[]::new)));
    List<String> names = new ArrayList<>();
    for (String kind : List.of("branches", "tags")) {
      for (JsonNode ref : refs.path(kind)) {
        add(names, ref.path("name"));
      }
    }
    return NearestNames.suggestion(wanted, names);
  }

  private static void add(List<String> names, JsonNode name) {
    if (name.isTextual() && names.size() < MAX_NAMES) {
      names.add(FileNames.shown(name.textValue()));
    }
  }

  private JsonNode ask(URI address) {
    try {
      byte[] body = http.small(address).body().orElse("[]".getBytes(US_ASCII));
      return ModelListing.json(body, HubHttp.shown(address));
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }
}
