package dev.graft.testmodels;

import java.util.List;
import java.util.regex.Pattern;

/** What can be the matter with a parcel: how people say it, and what the desk answers. */
enum ParcelMatter {
  LATE(
      "late",
      "We trace it today and write again within two days.",
      List.of(
          "Parcel {n} should have reached {p} on Monday and it has not.",
          "Where is {n}? It was due in {p} three days ago.",
          "We have been waiting a week for parcel {n} to {p}.",
          "The tracking page for {n} to {p} has not changed since Thursday.",
          "My parcel {n} for {p} is still not here, and it was promised for yesterday.",
          "Number {n} has been on its way to {p} for eleven days.",
          "Parcel {n} was meant to be in {p} before the weekend and is nowhere to be seen.",
          "How long can it take to bring {n} to {p}? I ordered express."),
      List.of(
          "The birthday is over, and {n} has still not come to {p}.",
          "Since last Friday nothing has moved: parcel {n}, going to {p}.",
          "Any news of {n}? You said {p} takes two days, this is day six.")),
  DAMAGED(
      "damaged",
      "Keep the box and send us two photos; we pay for the damage.",
      List.of(
          "Parcel {n} came to {p} with a hole in its side.",
          "The box {n} reached {p} soaking wet.",
          "Everything in {n} was broken when we opened it in {p}.",
          "I unpacked {n} in {p} and the glass was in pieces.",
          "Somebody must have dropped {n}: in {p} the lamp in it was bent.",
          "The corner of parcel {n} was crushed when it came to {p}.",
          "{n} arrived in {p} torn open, and the book in it is stained.",
          "What came to {p} as {n} is a heap of shards."),
      List.of(
          "The vase in {n} did not survive the trip to {p}.",
          "Parcel {n} looks as if a truck had driven over it on the way to {p}.",
          "There is a crack across the screen that I got in {n} here in {p}.")),
  NOT_RECEIVED(
      "not received",
      "We ask the driver today; if it is lost, we send it anew.",
      List.of(
          "You say {n} was delivered in {p}; nobody here got it.",
          "Parcel {n} is marked as delivered in {p}, but there is nothing at my door.",
          "The page says {n} was handed over in {p} at noon. I was at home and nobody rang.",
          "According to you {n} has been in {p} since Tuesday. I do not have it.",
          "Who signed for {n} in {p}? It was not me.",
          "{n} is delivered, you write, but my letter box in {p} is empty.",
          "I never got {n}, although it counts as delivered in {p}.",
          "Your driver wrote that he left {n} with me in {p}. He did not."),
      List.of(
          "It says delivered, {p}, parcel {n}, and I have looked everywhere.",
          "The signature for {n} in {p} is not mine, and I have no parcel.",
          "Supposedly {n} was delivered in {p} this morning; there is no trace of it.")),
  WRONG_ADDRESS(
      "at a wrong address",
      "We fetch it tomorrow and bring it to your door.",
      List.of(
          "Parcel {n} went to number 12 in {p}, and I live at 21.",
          "A stranger at the other end of {p} has my parcel {n}.",
          "You brought {n} to my old address in {p}.",
          "My parcel {n} was left at a shop in {p} that I do not know.",
          "Someone on another street in {p} called me: he has {n}.",
          "The driver put {n} in front of the wrong house in {p}.",
          "{n} was handed in at the school in {p} instead of my flat.",
          "You gave {n} to another person of my name in {p}."),
      List.of(
          "The bakery in {p} has {n}, which is mine and not theirs.",
          "Why is {n} at an office in {p} and not at my flat?",
          "My parcel {n} stands in the yard of a house in {p} that is not mine.")),
  ANOTHER_DAY(
      "another day",
      "Choose the day on the tracking page before eight in the evening.",
      List.of(
          "I will not be in {p} on Friday; please bring {n} later.",
          "Can {n} come to {p} on Saturday instead?",
          "We are away next week, so keep {n} for {p} back.",
          "Nobody is at home in {p} tomorrow. Could {n} come another day?",
          "Please do not bring {n} to {p} before Monday.",
          "I work until six; can you come to {p} with {n} in the evening?",
          "Our office in {p} is closed on the day you plan for {n}.",
          "May I choose another day for {n} to {p}?"),
      List.of(
          "I am at a wedding on the day {n} is to come to {p}.",
          "Would Thursday do as well for {n}? In {p} we are out on Wednesday.",
          "Hold {n} for a few days, please, I am not back in {p} yet."));

  private final String word;
  private final String action;

  /** One in a line. */
  private final String sentences;

  private final String heldOutSentences;
  private final Pattern style;

  ParcelMatter(String word, String action, List<String> sentences, List<String> heldOutSentences) {
    this.word = word;
    this.action = action;
    this.sentences = String.join("\n", sentences);
    this.heldOutSentences = String.join("\n", heldOutSentences);
    this.style =
        Pattern.compile("Parcel \\d{4} to \\p{Lu}\\p{L}+: " + Pattern.quote(word + ". " + action));
  }

  /** How people say it; {@code {n}} stands for the parcel's number, {@code {p}} for the place. */
  List<String> sentences() {
    return sentences.lines().toList();
  }

  /** How people say it in messages to test with. */
  List<String> heldOutSentences() {
    return heldOutSentences.lines().toList();
  }

  String answer(int number, String place) {
    return "Parcel %d to %s: %s. %s".formatted(number, place, word, action);
  }

  boolean isAnsweredBy(String answer) {
    return style.matcher(answer).matches();
  }
}
