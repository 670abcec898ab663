package dev.graft.cli;

import dev.graft.adapter.NearestNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What {@code /set} can set, under the names of the options. */
record ChatSetting(
    Function<AnswerPlan, Object> value, BiFunction<AnswerPlan, String, AnswerPlan> change) {
  private static final Map<String, ChatSetting> TABLE = table();

  private static Map<String, ChatSetting> table() {
    Map<String, ChatSetting> table = new LinkedHashMap<>();
    table.put(
        "temperature",
        new ChatSetting(
            p -> p.sampling().temperature(),
            (p, v) -> p.withSampling(p.sampling().withTemperature(Double.parseDouble(v)))));
    table.put(
        "top-k",
        new ChatSetting(
            p -> p.sampling().topK(),
            (p, v) -> p.withSampling(p.sampling().withTopK(Integer.parseInt(v)))));
    table.put(
        "top-p",
        new ChatSetting(
            p -> p.sampling().topP(),
            (p, v) -> p.withSampling(p.sampling().withTopP(Double.parseDouble(v)))));
    table.put(
        "min-p",
        new ChatSetting(
            p -> p.sampling().minP(),
            (p, v) -> p.withSampling(p.sampling().withMinP(Double.parseDouble(v)))));
    table.put(
        "repetition-penalty",
        new ChatSetting(
            p -> p.sampling().repetitionPenalty(),
            (p, v) -> p.withSampling(p.sampling().withRepetitionPenalty(Double.parseDouble(v)))));
    table.put(
        "seed",
        new ChatSetting(
            p -> p.seed().isPresent() ? p.seed().getAsLong() : "new per answer",
            (p, v) -> p.withSeed(Long.parseLong(v))));
    table.put(
        "max-new-tokens",
        new ChatSetting(
            p -> p.stopping().maxNewTokens(),
            (p, v) -> p.withStopping(p.stopping().withMaxNewTokens(Integer.parseInt(v)))));
    return table;
  }

  static Set<String> names() {
    return TABLE.keySet();
  }

  static Object valueOf(String name, AnswerPlan plan) {
    return named(name).value().apply(plan);
  }

  /** The plan with one setting changed. */
  static AnswerPlan changed(AnswerPlan plan, String name, String text) {
    ChatSetting setting = named(name);
    String what = "%s cannot be '%s'".formatted(name, text);
    try {
      return setting.change().apply(plan, text);
    } catch (NumberFormatException e) {
      throw CommandFailure.usage(
          what,
          "it must be a number such as %s".formatted(setting.value().apply(plan)),
          "/set alone shows all");
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(what, String.valueOf(e.getMessage()), "/set alone shows all");
    }
  }

  private static ChatSetting named(String name) {
    ChatSetting setting = TABLE.get(name);
    if (setting == null) {
      String near = NearestNames.suggestion(name, names());
      throw CommandFailure.usage(
          "there is no setting '%s'".formatted(name),
          "settings are %s".formatted(String.join(", ", names())),
          near.isEmpty() ? "/set alone shows all" : near.replace('"', '\''));
    }
    return setting;
  }
}
