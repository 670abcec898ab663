package dev.graft.store.archive;

import static dev.graft.store.archive.ArchiveSamples.KEY;
import static dev.graft.store.archive.ArchiveSamples.TIME;
import static dev.graft.store.archive.ArchiveSamples.adapter;
import static dev.graft.store.archive.ArchiveSamples.moves;
import static dev.graft.store.archive.ArchiveSamples.parents;
import static dev.graft.store.archive.ArchiveSamples.signature;
import static dev.graft.store.archive.ArchiveSamples.tenant;
import static dev.graft.store.archive.ArchiveSamples.version;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.store.archive.ArchivedAdapter.ArchivedMove;
import dev.graft.store.archive.ArchivedVersion.ArchivedSignature;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JSON of an archive: what of it is refused. */
class ArchiveDocumentTest {
  private static String json() {
    return new String(ArchiveJson.write(tenant()), UTF_8);
  }

  private static void refusesJson(String text, String problem) {
    var refusal =
        assertThrows(IllegalArgumentException.class, () -> ArchiveJson.read(text.getBytes(UTF_8)));
    assertTrue(refusal.toString().contains(problem), refusal.toString());
  }

  private static void refuses(ArchivedTenant tenant, String... parts) {
    var refusal = assertThrows(IllegalArgumentException.class, () -> ArchiveCheck.contents(tenant));
    for (String part : parts) {
      assertTrue(refusal.toString().contains(part), refusal.toString());
    }
    assertThrows(IllegalArgumentException.class, () -> ArchiveSamples.archive(tenant));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"formatVersion\" : 1 | \"formatVersion\" : 2 | it has format 2, this Graft reads format 1",
        "\"formatVersion\" : 1 | \"formatVersion\" : 0 | it has format 0",
        "\"formatVersion\" : 1 | \"formatVersion\" : \"1\" | does not begin with its formatVersion",
        "\"formatVersion\" : 1, | '' | does not begin with its formatVersion",
        "\"note\" : \"moving\" | \"note\" : \"moved\" | it was changed",
        "\"note\" : \"moving\" | \"note\" : null | /note",
        "\"note\" : \"moving\", | '' | note",
        "\"note\" : \"moving\" | \"note\" : \"moving\", \"more\" : 1 | more",
        "\"note\" : \"moving\" | \"note\" : \"moving\", \"note\" : \"moving\" | note",
        "\"encrypted\" : false | \"encrypted\" : \"false\" | /encrypted",
        "\"nextVersion\" : 4 | \"nextVersion\" : 4.5 | /adapters/0/nextVersion",
        "\"nextVersion\" : 4 | \"nextVersion\" : \"4\" | /adapters/0/nextVersion",
        "\"nextVersion\" : 4 | \"nextVersion\" : 40000000000 | /adapters/0/nextVersion",
        "\"time\" : \"2026-11-25T15:02:11.123Z\" | \"time\" : \"yesterday\" | /time",
        "\"time\" : \"2026-11-25T15:02:11.123Z\" | \"time\" : \"2026-11-25T15:02:11.1234Z\" | whole milliseconds",
        "\"time\" : \"2026-11-25T15:02:11.123Z\" | \"time\" : \"-2026-11-25T15:02:11Z\" | whole milliseconds",
        "\"tags\" : [ \"golden\" ] | \"tags\" : [ null ] | /versions/0/tags",
        "\"keyId\" : | \"key\" : | /versions/0/signatures/0",
        "\"signatures\" : [ ] | \"signatures\" : null | /versions/1/signatures",
        "\"signatures\" : [ ] | \"signature\" : [ ] | /versions/1/signature",
      })
  void refusesOtherJson(String from, String to, String problem) {
    assertTrue(json().contains(from), json());
    int at = json().indexOf(from);

    refusesJson(json().substring(0, at) + to + json().substring(at + from.length()), problem);
  }

  @Test
  void refusesWhatIsNoDocument() {
    refusesJson("", "does not begin");
    refusesJson("[1]", "does not begin");
    refusesJson("{\"formatVersion\":1", "JSON");
    refusesJson(json() + " 1", "railing");
    String longText = "x".repeat(1 << 17);
    refusesJson("{\"formatVersion\":1,\"digest\":\"" + longText + "\"}", "length");
  }

  @Test
  void allowsOtherSpaces() {
    byte[] spaced = json().replace(" : ", ":  ").getBytes(UTF_8);

    assertEquals(tenant(), ArchiveJson.read(spaced).withDigest(""));
  }

  @Test
  void refusesNamesAndTextsThatARegistryWouldNotTake() {
    ArchivedTenant good = tenant();
    refuses(
        new ArchivedTenant(
            1, "", "s", "../x", TIME, "ann", "", false, null, null, List.of(), List.of()),
        "tenant",
        "is not a name");
    refuses(
        new ArchivedTenant(
            1, "", "s", "acme", TIME, "ann", "\u001b[31m", false, null, null, List.of(), List.of()),
        "control character");
    refuses(
        new ArchivedTenant(
            1, "", "s", "acme", TIME, " ", "", false, null, null, List.of(), List.of()),
        "author is empty");
    refuses(
        new ArchivedTenant(
            1, "", "s", "acme", TIME, "ann", "", false, -1L, null, List.of(), List.of()),
        "must not be negative");
    refuses(
        tenant(List.of(good.adapters().get(0), good.adapters().get(0)), List.of()), "listed twice");
  }

  @Test
  void refusesNumbersThatDoNotFit() {
    List<ArchivedAdapter> adapters = List.of(adapter(4, moves()));
    refuses(tenant(adapters, List.of(version(4, List.of()))), "support@4", "1 to 3");
    refuses(
        tenant(adapters, List.of(version(3, List.of()), version(1, List.of()))),
        "support@1",
        "nextVersion");
    refuses(tenant(List.of(), List.of(version(1, List.of()))), "its adapter is not listed");
    refuses(tenant(List.of(adapter(1, moves())), List.of()), "nextVersion is 1");
    refuses(
        tenant(
            List.of(), Collections.nCopies(ArchiveCheck.MAX_VERSIONS + 1, version(1, List.of()))),
        "at most 100000 are taken");
  }

  @Test
  void refusesParentsThatAreNotThereBefore() {
    refuses(
        tenant(List.of(adapter(4, moves())), List.of(version(1, parents()))),
        "\"support@1\" is not among the versions before it");
  }

  private static void refusesSignatures(String problem, ArchivedSignature... signatures) {
    ArchivedVersion version = version(1, List.of(), List.of(signatures));
    refuses(tenant(List.of(adapter(4, moves())), List.of(version)), "support@1", problem);
  }

  @Test
  void refusesSignaturesThatNoVersionHas() {
    ArchivedSignature good = signature(KEY);
    String other = "sha256:" + "12".repeat(32);
    refusesSignatures("it has two signatures by key", good, good);
    refusesSignatures(
        "names another key", new ArchivedSignature(other, good.envelope(), "ann", TIME));
    refusesSignatures("key id", new ArchivedSignature("release", good.envelope(), "ann", TIME));
    refusesSignatures(
        "author is empty", new ArchivedSignature(KEY.id(), good.envelope(), " ", TIME));
    for (String envelope :
        List.of(
            "",
            "{}",
            "[]",
            good.envelope() + "1",
            good.envelope().replace("\"sig\"", "\"signature\""),
            good.envelope().replace("\"payload\":\"", "\"payload\":\"-"))) {
      refusesSignatures("no envelope", new ArchivedSignature(KEY.id(), envelope, "ann", TIME));
    }
    refusesSignatures(
        "more than 16384 characters",
        new ArchivedSignature(KEY.id(), good.envelope() + " ".repeat(1 << 14), "ann", TIME));
    ArchivedSignature[] many = new ArchivedSignature[101];
    Arrays.setAll(many, i -> good);
    refusesSignatures("101 signatures, at most 100", many);
  }

  private static ArchivedMove move(
      int revision, String kind, @Nullable Integer version, @Nullable Integer undo) {
    return new ArchivedMove(revision, kind, version, undo, "ann", TIME, "");
  }

  private static void refusesMoves(String problem, ArchivedMove... moves) {
    refuses(
        tenant(List.of(adapter(4, List.of(moves))), List.of(version(1, List.of()))),
        "\"prod\"",
        problem);
  }

  @Test
  void refusesHistoriesThatNoAliasHas() {
    refusesMoves("it has no moves");
    refusesMoves("revision 1", move(2, "promote", 1, null));
    refusesMoves("is unknown", move(1, "jump", 1, null));
    refusesMoves("cannot lead to version null", move(1, "promote", null, null));
    refusesMoves("cannot lead to version 9", move(1, "promote", 9, null));
    refusesMoves("cannot lead to version 1", move(1, "promote", 1, null), move(2, "remove", 1, 1));
    refusesMoves("undone to revision 2", move(1, "promote", 1, null), move(2, "promote", 1, 2));
    refusesMoves(
        "undone to revision 2",
        move(1, "promote", 1, null),
        move(2, "remove", null, 1),
        move(3, "promote", 1, 2));
    refusesMoves("which is not there", move(1, "promote", 2, null));
  }

  @Test
  void takesHistoriesThatPassedDeletedVersions() throws IOException {
    ArchivedTenant tenant =
        tenant(
            List.of(adapter(4, List.of(move(1, "promote", 2, null), move(2, "promote", 1, 1)))),
            List.of(version(1, List.of())));

    assertEquals(1, ArchiveCheck.contents(tenant).size());
  }
}
