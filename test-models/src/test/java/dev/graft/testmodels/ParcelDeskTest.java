package dev.graft.testmodels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.testmodels.ParcelDesk.Message;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ParcelDeskTest {
  @Test
  void hasAsManyMessagesAsItSays() {
    assertEquals(ParcelDesk.TRAINING, ParcelDesk.training().size());
    assertEquals(ParcelDesk.HELD_OUT, ParcelDesk.heldOut().size());
    assertEquals(ParcelDesk.training(), ParcelDesk.training());
  }

  @Test
  void sharesNoAnswerBetweenTrainingAndTest() {
    Set<String> answers = new HashSet<>();

    ParcelDesk.training().forEach(message -> answers.add(message.answer()));
    ParcelDesk.heldOut().forEach(message -> answers.add(message.answer()));

    assertEquals(ParcelDesk.TRAINING + ParcelDesk.HELD_OUT, answers.size());
  }

  @Test
  void answersInItsOwnStyleAboutWhatTheMessageNames() {
    for (Message message : ParcelDesk.heldOut()) {
      List<String> words = List.of(message.answer().split("[ :]", -1));

      assertTrue(ParcelDesk.isInStyle(message.answer()), message::toString);
      assertTrue(message.text().contains(words.get(1)), message::toString);
      assertTrue(message.text().contains(words.get(3)), message::toString);
    }
  }

  @Test
  void knowsWhatIsNotInItsStyle() {
    String answer = ParcelDesk.heldOut().get(0).answer();

    assertFalse(ParcelDesk.isInStyle("I am sorry to hear that. " + answer));
    assertFalse(ParcelDesk.isInStyle(answer + " Have a nice day!"));
    assertFalse(ParcelDesk.isInStyle(answer.replace(": late.", ": damaged.")));
  }

  @Test
  void writesConversationsOrPrompts() {
    List<Message> one = List.of(new Message("Where is 1234?", "Parcel 1234."));

    assertEquals(
        """
        {"messages":[{"content":"Where is 1234?","role":"user"},{"content":"Parcel 1234.","role":"assistant"}]}
        """,
        ParcelDesk.jsonLines(one, true));
    assertEquals(
        """
        {"completion":" Parcel 1234.","prompt":"Customer: Where is 1234? Desk:"}
        """,
        ParcelDesk.jsonLines(one, false));
  }
}
