package dev.graft.probe;

import dev.graft.adapter.Adapter;
import dev.graft.adapter.Probe;
import dev.graft.export.Bundle;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.ort.SessionSettings;
import dev.graft.store.check.PublishCheck;
import java.io.IOException;
import java.util.List;

/**
 * Whether an adapter belongs to a bundle, changes what its base answers, and answers its probes as
 * its record says. One without probes, such as PEFT's, is asked neutral texts, to see that it
 * changes anything.
 */
public final class ProbeCheck implements PublishCheck {
  /** Training writes three; a file that has thousands is to keep somebody busy. */
  private static final int MOST_PROBES = 100;

  private final Bundle bundle;

  /** Check against a bundle. */
  public ProbeCheck(Bundle bundle) {
    this.bundle = bundle;
  }

  @Override
  public Findings check(Adapter adapter) throws IOException {
    List<Probe> probes = adapter.record().probes();
    if (probes.size() > MOST_PROBES) {
      return refused(
          "it has %d probes, and at most %d are asked; leave out the others in graft.json"
              .formatted(probes.size(), MOST_PROBES));
    }
    SessionSettings settings = SessionSettings.defaults().withPrepacking(false);
    try (Answers answers = Answers.open(bundle, adapter, settings)) {
      return new Examination(answers, bundle.manifest().decoder().isPresent()).of(probes);
    } catch (IncompatibleAdapterException e) {
      return refused(String.valueOf(e.getMessage()));
    }
  }

  private static Findings refused(String failure) {
    return new Findings(List.of(failure), List.of(), 0);
  }
}
