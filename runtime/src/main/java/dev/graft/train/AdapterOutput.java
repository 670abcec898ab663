package dev.graft.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.adapter.Adapter;
import dev.graft.adapter.GraftRecord;
import dev.graft.adapter.Probe;
import dev.graft.adapter.format.PeftFormat;
import dev.graft.adapter.format.WriteOptions;
import dev.graft.export.Task;
import dev.graft.probe.Probes;
import dev.graft.train.TrainingModels.Base;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes the adapter of a finished run and writes it. Nothing in it depends on when or how fast the
 * run was, so that a resumed run ends in the same bytes.
 */
final class AdapterOutput {
  private AdapterOutput() {}

  /** The adapter, without probes. */
  static Adapter adapter(
      TrainingSetup setup,
      Base base,
      ParameterStore parameters,
      TrainingPlan plan,
      Progress progress,
      int adapterStep) {
    TrainingOptions options = setup.identity().options();
    GraftRecord record =
        GraftRecord.builder()
            .baseDigest(base.baseDigest())
            .tokenizerDigest(base.tokenizerDigest().orElse(null))
            .pooling(base.pooling().orElse(null))
            .task(
                base.decoder().isPresent()
                    ? Task.TEXT_GENERATION.text()
                    : Task.TEXT_CLASSIFICATION.text())
            .maxLength(options.maxLength())
            .labels(setup.data().labels())
            .training(training(setup.identity(), plan, progress, adapterStep))
            .build();
    return setup.adapter().adapter(parameters.values(), record);
  }

  private static ObjectNode training(
      RunIdentity identity, TrainingPlan plan, Progress progress, int adapterStep) {
    ObjectNode training = JsonNodeFactory.instance.objectNode();
    training.put("steps", progress.step());
    training.put("adapterStep", adapterStep);
    training.put("rows", plan.rows());
    training.put("lastLoss", progress.lastLoss());
    progress.best().ifPresent(eval -> training.set("bestEval", Checkpoint.toJson(eval)));
    identity.inputs().forEach(training.putObject("inputs")::put);
    ObjectNode options = training.putObject("options");
    for (String name : TrainingOptions.names()) {
      options.set(name, identity.options().value(name));
    }
    RunVersions.all().forEach(training.putObject("versions")::put);
    return training;
  }

  /** Add probes and write the directory, replacing the one of an earlier process. */
  static Adapter write(Adapter adapter, TrainingSetup setup, TrainingModels models, Path directory)
      throws IOException {
    List<Probe> probes =
        models.probes(
            adapter,
            Probes.NEUTRAL_TEXTS,
            TrainingSessions.settings(setup.identity().options().threads()));
    Adapter complete = adapter.withRecord(adapter.record().toBuilder().probes(probes).build());
    new PeftFormat().write(complete, directory, WriteOptions.defaults().replacing());
    return complete;
  }
}
