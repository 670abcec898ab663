package dev.graft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

class RuntimeArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.graft");

  @Test
  void onlyTheBindingKnowsOnnxRuntime() {
    onlyIn("ai.onnxruntime..", "dev.graft.ort").check(MAIN);
  }

  @Test
  void onlyTheTextRoomKnowsTheTokenizerLibrary() {
    onlyIn("ai.djl..", "dev.graft.text").check(MAIN);
  }

  @Test
  void theBindingShowsNoTypeOfOnnxRuntime() {
    classes()
        .that()
        .resideInAPackage("dev.graft.ort")
        .and()
        .arePublic()
        .should(PublicApi.notMention("ai.onnxruntime"))
        .check(MAIN);
  }

  @Test
  void roomsFormNoCycle() {
    slices().matching("dev.graft.(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void nobodyPrintsExitsOrReadsProperties() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
    noClasses().should().callMethod(System.class, "getProperty", String.class).check(MAIN);
    noClasses().should().callMethod(System.class, "exit", int.class).check(MAIN);
  }

  @Test
  void aRuleThatIsBrokenIsNoticed() {
    assertThrows(
        AssertionError.class, () -> onlyIn("ai.onnxruntime..", "dev.graft.text").check(MAIN));
  }

  private static ArchRule onlyIn(String library, String room) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(room)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }
}
