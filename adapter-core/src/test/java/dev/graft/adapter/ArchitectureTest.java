package dev.graft.adapter;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.graft");

  @Test
  void theClassesAreSeen() {
    assertTrue(CLASSES.contain(Adapter.class));
    assertTrue(CLASSES.contain(dev.graft.adapter.format.PeftFormat.class));
  }

  @Test
  void knowsNeitherOnnxNorItsRuntime() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "ai.onnxruntime..", "onnx..", "com.google.protobuf..", "dev.graft.onnx..")
        .check(CLASSES);
  }

  @Test
  void roomsDoNotDependOnEachOtherInCircles() {
    slices().matching("dev.graft.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void whatAllAdaptersShareKnowsNeitherTypesNorFiles() {
    noClasses()
        .that()
        .resideInAPackage("dev.graft.adapter")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.graft.adapter.*..")
        .check(CLASSES);
  }

  @Test
  void typesOfAdaptersKnowNeitherEachOtherNorFiles() {
    slices()
        .matching("dev.graft.adapter.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            resideInAnyPackage("dev.graft.adapter.format..", "dev.graft.adapter.algebra.."),
            alwaysTrue())
        .check(CLASSES);
  }

  @Test
  void adaptersDoNotKnowTheRegistry() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.store..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.graft.store..")
        .check(CLASSES);
  }

  @Test
  void theRegistrysRoomsShareItsWordsAlone() {
    slices()
        .matching("dev.graft.store.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(alwaysTrue(), resideInAPackage("dev.graft.store.model.."))
        .check(CLASSES);
  }

  @Test
  void onlyTheIndexKnowsDatabases() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.store.index..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jdbi..", "org.flywaydb..", "org.sqlite..", "org.postgresql..")
        .check(CLASSES);
  }

  @Test
  void onlyBlobsKnowBuckets() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.store.blob..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("software.amazon..")
        .check(CLASSES);
  }

  @Test
  void onlyArchivesKnowTar() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.graft.store.archive..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.commons.compress..")
        .check(CLASSES);
  }

  @Test
  void nothingIsPrinted() {
    noClasses().should(ACCESS_STANDARD_STREAMS).check(CLASSES);
  }

  @Test
  void systemPropertiesAreTheCommandLines() {
    noClasses().should().callMethod(System.class, "getProperty", String.class).check(CLASSES);
  }
}
