package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.graft.adapter.AdapterConfig;
import dev.graft.adapter.AdapterWeights;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code XType} is in the table exactly if there is a folder {@code x} with its values. */
class AdapterTypesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.graft.adapter");

  private static final Set<String> TABLE =
      AdapterTypes.all().stream()
          .map(type -> type.getClass().getSimpleName())
          .collect(Collectors.toCollection(TreeSet::new));

  private static Set<String> implementations(Class<?> kind, Function<JavaClass, String> name) {
    return CLASSES.stream()
        .filter(type -> type.isAssignableTo(kind) && !type.isInterface())
        .map(name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String typeOfFolder(JavaClass value) {
    String folder = value.getPackageName().replace("dev.graft.adapter.", "");
    return folder.substring(0, 1).toUpperCase(Locale.ROOT) + folder.substring(1) + "Type";
  }

  @Test
  void everyConfigurationHasAType() {
    assertEquals(TABLE, implementations(AdapterConfig.class, AdapterTypesTest::typeOfFolder));
  }

  @Test
  void everyKindOfWeightsHasAType() {
    assertEquals(TABLE, implementations(AdapterWeights.class, AdapterTypesTest::typeOfFolder));
  }

  @Test
  void everyTypeIsInTheTable() {
    assertEquals(TABLE, implementations(AdapterType.class, JavaClass::getSimpleName));
  }

  @Test
  void everyTypeIsHeldToTheContract() throws ClassNotFoundException {
    for (AdapterType type : AdapterTypes.all()) {
      Class<?> test = Class.forName(type.getClass().getName() + "Test");
      assertTrue(AdapterTypeContract.class.isAssignableFrom(test), test.getName());
    }
  }
}
