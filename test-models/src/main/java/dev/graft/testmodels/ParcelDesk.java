package dev.graft.testmodels;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.adapter.SeededRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Messages to a parcel service, written for this project, and the answers of its desk. The desk has
 * a style: number, place, what is the matter in the desk's own word, and what is done about it, in
 * one line and always alike.
 *
 * <pre>
 * Good morning. Where is 4471? It was due in Lyon three days ago.
 * Parcel 4471 to Lyon: late. We trace it today and write again within two days.
 * </pre>
 *
 * <p>The sentences and places of the messages to test with do not occur in those to learn from.
 */
public final class ParcelDesk {
  /** How many messages there are to learn from. */
  public static final int TRAINING = 100;

  /** How many messages there are to test with. */
  public static final int HELD_OUT = 40;

  private static final long SEED = 20;

  private static final List<String> GREETINGS =
      List.of("", "", "Hello. ", "Hi there. ", "Good morning. ", "Dear desk, a question. ");
  private static final List<String> ENDINGS =
      List.of("", "", " Please help.", " What now?", " Thank you.", " I am not amused.");

  private static final List<String> PLACES =
      words(
          "Lyon Porto Ghent Bergen Turku Gdansk Graz Basel Bilbao Parma Cork Leeds Aarhus Malmo"
              + " Tartu Brno Split Varna Patras Izmir Tours Trier Delft Namur");
  private static final List<String> HELD_OUT_PLACES =
      words("Cadiz Nantes Bremen Pisa Galway Oulu Lublin Linz Zadar Uppsala");

  private ParcelDesk() {}

  private static List<String> words(String text) {
    return List.of(text.split(" ", -1));
  }

  /**
   * A message and the desk's answer to it.
   *
   * @param text what somebody writes
   * @param answer what the desk answers
   */
  public record Message(String text, String answer) {}

  /** The messages to learn from; the same on every machine. */
  public static List<Message> training() {
    return messages(TRAINING, true);
  }

  /** The messages to test with; the same on every machine. */
  public static List<Message> heldOut() {
    return messages(HELD_OUT, false);
  }

  /** The prompt that a message is for a model without a chat template. */
  public static String plainPrompt(String text) {
    return "Customer: " + text + " Desk:";
  }

  /**
   * Messages as training takes them: JSON lines.
   *
   * @param conversations whether they are written as conversations, or else as prompts and
   *     completions
   */
  public static String jsonLines(List<Message> messages, boolean conversations) {
    ObjectMapper json = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    for (Message message : messages) {
      Map<String, Object> row =
          conversations
              ? Map.of(
                  "messages",
                  List.of(turn("user", message.text()), turn("assistant", message.answer())))
              : new TreeMap<>(
                  Map.of(
                      "prompt", plainPrompt(message.text()), "completion", " " + message.answer()));
      try {
        lines.append(json.writeValueAsString(row)).append('\n');
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
    return lines.toString();
  }

  private static Map<String, String> turn(String role, String content) {
    // Sorted, so that the same messages are the same bytes.
    return new TreeMap<>(Map.of("role", role, "content", content));
  }

  /** Whether an answer is one that the desk could give, to whatever message. */
  public static boolean isInStyle(String answer) {
    return Stream.of(ParcelMatter.values()).anyMatch(matter -> matter.isAnsweredBy(answer));
  }

  private static List<Message> messages(int count, boolean training) {
    SeededRandom random = SeededRandom.of(SEED, training ? "training" : "held out");
    List<String> places = training ? PLACES : HELD_OUT_PLACES;
    ParcelMatter[] matters = ParcelMatter.values();
    List<Message> messages = new ArrayList<>();
    Set<Integer> numbers = new HashSet<>();
    while (messages.size() < count) {
      int number = 1000 + below(random, 9000);
      if (!numbers.add(number)) {
        continue;
      }
      int index = messages.size();
      ParcelMatter matter = matters[index % matters.length];
      List<String> sentences = training ? matter.sentences() : matter.heldOutSentences();
      String sentence = sentences.get(index / matters.length % sentences.size());
      String place = places.get(below(random, places.size()));
      String text = sentence.replace("{n}", Integer.toString(number)).replace("{p}", place);
      String greeting = GREETINGS.get(below(random, GREETINGS.size()));
      String ending = ENDINGS.get(below(random, ENDINGS.size()));
      messages.add(new Message(greeting + text + ending, matter.answer(number, place)));
    }
    return messages;
  }

  private static int below(SeededRandom random, int bound) {
    return (int) (random.uniform() * bound);
  }
}
