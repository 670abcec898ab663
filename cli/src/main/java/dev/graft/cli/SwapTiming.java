package dev.graft.cli;

import dev.graft.adapter.Adapter;
import dev.graft.infer.Engine;
import dev.graft.infer.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What changing adapters costs.
 *
 * @param sameSeconds median of a request when every request uses the same adapter
 * @param otherSeconds median of a request when every request uses another than the one before
 * @param loadSeconds median of putting another adapter in the place of a loaded one
 */
record SwapTiming(double sameSeconds, double otherSeconds, double loadSeconds) {
  private static final int WARM_UP = 20;
  private static final int ROUNDS = 90;

  /** Measures both kinds of request in turn, so that other work on the machine hits both alike. */
  static SwapTiming measure(Engine engine, List<Request> requests, Map<String, Adapter> adapters) {
    List<String> names = List.copyOf(adapters.keySet());
    String text = requests.get(0).text();
    List<Double> same = new ArrayList<>();
    List<Double> other = new ArrayList<>();
    String first = names.get(0);
    for (int i = -WARM_UP; i < ROUNDS; i++) {
      String next = names.get(Math.floorMod(i, names.size()));
      // The request before the measured one decides whether that is a change.
      engine.predict(List.of(Request.of(text, next)));
      double stay = seconds(() -> engine.predict(List.of(Request.of(text, next))));
      engine.predict(List.of(Request.of(text, next.equals(first) ? names.get(1) : first)));
      double change = seconds(() -> engine.predict(List.of(Request.of(text, next))));
      if (i >= 0) {
        same.add(stay);
        other.add(change);
      }
    }
    List<Map.Entry<String, Adapter>> entries = List.copyOf(adapters.entrySet());
    List<Double> loads = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      Map.Entry<String, Adapter> next = entries.get(i % entries.size());
      loads.add(seconds(() -> engine.load(next.getKey(), next.getValue())));
    }
    return new SwapTiming(median(same), median(other), median(loads));
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
