package dev.graft;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;

/** What a class shows to other packages. */
final class PublicApi {
  private PublicApi() {}

  /** No public or protected method or constructor takes or returns a type of that package. */
  static ArchCondition<JavaClass> notMention(String packagePrefix) {
    return new ArchCondition<>("not mention " + packagePrefix + " in public members") {
      @Override
      public void check(JavaClass owner, ConditionEvents events) {
        for (JavaCodeUnit unit : owner.getCodeUnits()) {
          boolean shown =
              unit.getModifiers().contains(JavaModifier.PUBLIC)
                  || unit.getModifiers().contains(JavaModifier.PROTECTED);
          if (shown && mentions(unit, packagePrefix)) {
            events.add(SimpleConditionEvent.violated(unit, unit.getFullName()));
          }
        }
      }
    };
  }

  private static boolean mentions(JavaCodeUnit unit, String packagePrefix) {
    return Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
        .anyMatch(type -> type.getPackageName().startsWith(packagePrefix));
  }
}
