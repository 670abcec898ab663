package dev.graft.train;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.FloatTensor;
import dev.graft.adapter.GraftRecord;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What training knows of one adapter type: the tensors it trains, the graphs that have them, and
 * the adapter that they make.
 */
interface TrainedAdapter {

  /** The graph with loss and gradients. */
  TrainingModels.Graph trainingGraph();

  /** The graph with the loss alone. */
  TrainingModels.Graph evalGraph();

  /** The bundle's slots that stay in the graphs. */
  Set<String> slots();

  /** The probability with which training drops an input of the adapter's modules. */
  default double dropout() {
    return 0;
  }

  /** The trained tensors; each group has a learning rate of its own. */
  List<GroupPlan> groups();

  /** The values to start from, by graph input, in the orientation of the graph. */
  Map<String, FloatTensor> initial();

  /**
   * The parts of the adapter as a person knows them, such as module paths, each with its inputs.
   * Training must move every part.
   */
  Map<String, List<String>> parts();

  /** The adapter that values, by graph input, make. */
  Adapter adapter(Map<String, FloatTensor> values, GraftRecord record);

  /** Tensors that are updated together. */
  record GroupPlan(ParameterGroup.Kind kind, List<Parameter> parameters) {
    public GroupPlan {
      parameters = List.copyOf(parameters);
    }
  }
}
