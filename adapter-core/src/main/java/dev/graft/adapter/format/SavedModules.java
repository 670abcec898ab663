package dev.graft.adapter.format;

import dev.graft.adapter.AdapterConfig;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which tensors beside an adapter's own are parameters of {@code modules_to_save}. */
final class SavedModules {
  /** Heads that PEFT saves by itself for classification tasks. */
  private static final List<String> CLASSIFIER_HEADS = List.of("classifier", "score");

  private static final Set<String> CLASSIFIER_TASKS = Set.of("SEQ_CLS", "TOKEN_CLS");

  private SavedModules() {}

  /** Refuse a parameter that no saved module has, by its name. */
  static void requireKnown(
      String name, AdapterConfig config, String typeName, TensorProblems problems)
      throws AdapterFormatException {
    boolean known =
        config.modulesToSave().stream().anyMatch(module -> isInside(name, module))
            || (config.taskType().filter(CLASSIFIER_TASKS::contains).isPresent()
                && CLASSIFIER_HEADS.stream().anyMatch(module -> isInside(name, module)));
    if (!known) {
      throw problems.atTensor(
          name,
          "extra tensor: neither %s nor part of modules_to_save %s"
              .formatted(typeName, config.modulesToSave()));
    }
  }

  /**
   * PEFT saves every module whose path ends in one of the names, without regard to dots: {@code
   * classifier} is DistilBERT's {@code pre_classifier} too.
   */
  private static boolean isInside(String parameter, String module) {
    for (int dot = parameter.indexOf('.'); dot >= 0; dot = parameter.indexOf('.', dot + 1)) {
      if (parameter.substring(0, dot).endsWith(module)) {
        return true;
      }
    }
    return false;
  }

  /** The modules that parameters belong to. */
  static List<String> of(Set<String> parameters) {
    TreeSet<String> modules = new TreeSet<>();
    for (String name : parameters) {
      int dot = name.lastIndexOf('.');
      modules.add(dot < 0 ? name : name.substring(0, dot));
    }
    return List.copyOf(modules);
  }
}
