package dev.graft.cli;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where an option's value comes from when the command line does not give it: {@code GRAFT_*}
 * environment variable, then {@code --config} file, then the option's own default.
 *
 * <p>{@code --max-steps} is {@code GRAFT_MAX_STEPS} in the environment and {@code max-steps} in the
 * file. Options without a value ({@code --json}) are read from the command line only.
 */
final class LayeredDefaults implements IDefaultValueProvider {
  private static final String CONFIG = "--config";

  private final Map<String, String> env;
  private final ConfigFile file;
  private final Map<String, Source> used = new HashMap<>();

  /**
   * A value that did not come from the command line.
   *
   * @param origin {@code env} or {@code file}
   * @param place what to name in a message: the variable, or the file with the key
   */
  record Source(String origin, String place) {}

  private LayeredDefaults(Map<String, String> env, ConfigFile file) {
    this.env = env;
    this.file = file;
  }

  /** Looks for {@code --config} in the arguments and reads the file. */
  static LayeredDefaults of(Map<String, String> env, String... args) {
    String path = env.getOrDefault("GRAFT_CONFIG", "");
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals(CONFIG) && i + 1 < args.length) {
        path = args[i + 1];
      } else if (args[i].startsWith(CONFIG + "=")) {
        path = args[i].substring(CONFIG.length() + 1);
      }
    }
    return new LayeredDefaults(env, path.isEmpty() ? ConfigFile.NONE : ConfigFile.read(path));
  }

  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    if (!(arg instanceof OptionSpec option) || !isConfigurable(option)) {
      return null;
    }
    CommandSpec command = option.command();
    if (command.findOption(CONFIG) != null) {
      file.checkKeys(command);
    }
    String key = key(option);
    String variable = variable(key);
    String fromEnv = env.get(variable);
    if (fromEnv != null && !fromEnv.isEmpty()) {
      used.put(option.longestName(), new Source("env", variable));
      return fromEnv;
    }
    String fromFile = command.findOption(CONFIG) == null ? null : file.values().get(key);
    if (fromFile != null) {
      used.put(option.longestName(), new Source("file", "'%s' in %s".formatted(key, file.path())));
      return fromFile;
    }
    return null;
  }

  /** Whether the environment and the file may set an option. */
  static boolean isConfigurable(OptionSpec option) {
    return !option.usageHelp() && !option.versionHelp() && option.arity().max() > 0;
  }

  /** {@code --max-steps} as a key of the file: {@code max-steps}. */
  static String key(OptionSpec option) {
    return option.longestName().replaceFirst("^-+", "");
  }

  /** A key as an environment variable: {@code GRAFT_MAX_STEPS}. */
  static String variable(String key) {
    return "GRAFT_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** Where an option's value came from, if not from the command line or its default. */
  @Nullable Source sourceOf(OptionSpec option) {
    return used.get(option.longestName());
  }
}
