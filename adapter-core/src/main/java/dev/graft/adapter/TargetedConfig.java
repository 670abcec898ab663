package dev.graft.adapter;

import java.util.List;

/** The configuration of an adapter that changes chosen modules; see {@link ModuleMatcher}. */
public interface TargetedConfig extends AdapterConfig {

  /** The modules that get an adapter. */
  TargetModules targets();

  /** Modules that get none although targeted. */
  TargetModules excludeModules();

  /** Only these layer numbers, or all where empty. */
  List<Integer> layersToTransform();

  /** Names of the containers whose children are layers; where empty any name will do. */
  List<String> layersPattern();
}
