package dev.graft.onnx.shape;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;

/**
 * An integer that may depend on named sizes: a polynomial with integer coefficients, or unknown.
 *
 * <p>Equal polynomials have the same text, so the text can serve as the name of a dimension. A
 * variable of the polynomial is called an atom; it is the name of an input's dimension, or the text
 * of something that is no polynomial, such as {@code min(512, sequence)}. Atoms are sizes: never
 * negative.
 */
final class SizeExpr {
  static final SizeExpr UNKNOWN = new SizeExpr(new TreeMap<>(), false);

  /** A product of atoms, sorted; the empty product is 1 and comes last in a sum. */
  private record Monomial(List<String> atoms) implements Comparable<Monomial> {
    static final Monomial ONE = new Monomial(List.of());

    Monomial times(Monomial other) {
      List<String> all = new ArrayList<>(atoms);
      all.addAll(other.atoms);
      Collections.sort(all);
      return new Monomial(List.copyOf(all));
    }

    Optional<Monomial> dividedBy(Monomial other) {
      List<String> rest = new ArrayList<>(atoms);
      for (String atom : other.atoms) {
        if (!rest.remove(atom)) {
          return Optional.empty();
        }
      }
      return Optional.of(new Monomial(List.copyOf(rest)));
    }

    @Override
    public int compareTo(Monomial other) {
      if (atoms.isEmpty() || other.atoms.isEmpty()) {
        return Boolean.compare(atoms.isEmpty(), other.atoms.isEmpty());
      }
      return String.join("*", atoms).compareTo(String.join("*", other.atoms));
    }
  }

  private final SortedMap<Monomial, Long> terms;
  private final boolean known;

  private SizeExpr(SortedMap<Monomial, Long> terms, boolean known) {
    this.terms = terms;
    this.known = known;
  }

  static SizeExpr of(long value) {
    return term(Monomial.ONE, value);
  }

  static SizeExpr atom(String name) {
    return term(new Monomial(List.of(name)), 1);
  }

  private static SizeExpr term(Monomial monomial, long coefficient) {
    SortedMap<Monomial, Long> terms = new TreeMap<>();
    if (coefficient != 0) {
      terms.put(monomial, coefficient);
    }
    return new SizeExpr(terms, true);
  }

  boolean isKnown() {
    return known;
  }

  /** The value, if it depends on no atom. */
  OptionalLong constant() {
    if (!known) {
      return OptionalLong.empty();
    }
    if (terms.isEmpty()) {
      return OptionalLong.of(0);
    }
    Long value = terms.size() == 1 ? terms.get(Monomial.ONE) : null;
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  boolean is(long value) {
    OptionalLong constant = constant();
    return constant.isPresent() && constant.getAsLong() == value;
  }

  /** Whether this is certainly not negative. */
  boolean isNonNegative() {
    return known && terms.values().stream().allMatch(c -> c > 0);
  }

  SizeExpr plus(SizeExpr other) {
    return combine(other, Math::addExact);
  }

  SizeExpr minus(SizeExpr other) {
    return combine(other, Math::subtractExact);
  }

  private SizeExpr combine(SizeExpr other, LongBinaryOperator operator) {
    if (!known || !other.known) {
      return UNKNOWN;
    }
    try {
      return combineExactly(other, operator);
    } catch (ArithmeticException overflow) {
      return UNKNOWN;
    }
  }

  private SizeExpr combineExactly(SizeExpr other, LongBinaryOperator operator) {
    SortedMap<Monomial, Long> sum = new TreeMap<>(terms);
    for (Map.Entry<Monomial, Long> e : other.terms.entrySet()) {
      put(sum, e.getKey(), operator.applyAsLong(sum.getOrDefault(e.getKey(), 0L), e.getValue()));
    }
    return new SizeExpr(sum, true);
  }

  SizeExpr times(SizeExpr other) {
    if (!known || !other.known) {
      return is(0) || other.is(0) ? of(0) : UNKNOWN;
    }
    try {
      return timesExactly(other);
    } catch (ArithmeticException overflow) {
      return UNKNOWN;
    }
  }

  private SizeExpr timesExactly(SizeExpr other) {
    SortedMap<Monomial, Long> product = new TreeMap<>();
    for (Map.Entry<Monomial, Long> a : terms.entrySet()) {
      for (Map.Entry<Monomial, Long> b : other.terms.entrySet()) {
        Monomial key = a.getKey().times(b.getKey());
        long part = Math.multiplyExact(a.getValue(), b.getValue());
        put(product, key, Math.addExact(product.getOrDefault(key, 0L), part));
      }
    }
    return new SizeExpr(product, true);
  }

  private static void put(SortedMap<Monomial, Long> terms, Monomial key, long coefficient) {
    if (coefficient == 0) {
      terms.remove(key);
    } else {
      terms.put(key, coefficient);
    }
  }

  /**
   * The quotient, if the division leaves no rest whatever the atoms are; atoms that are divided by
   * are taken not to be zero.
   */
  Optional<SizeExpr> dividedExactly(SizeExpr divisor) {
    if (!known || !divisor.known || divisor.terms.isEmpty()) {
      return Optional.empty();
    }
    if (equals(divisor)) {
      return Optional.of(of(1));
    }
    // Long division by the leading term; it ends because every step removes the leading term.
    SizeExpr rest = this;
    SizeExpr quotient = of(0);
    Monomial lead = divisor.terms.firstKey();
    long leadFactor = divisor.terms.getOrDefault(lead, 1L);
    for (int step = 0; !rest.terms.isEmpty() && step < 64; step++) {
      Monomial first = rest.terms.firstKey();
      Optional<Monomial> monomial = first.dividedBy(lead);
      long factor = rest.terms.getOrDefault(first, 0L);
      if (monomial.isEmpty() || factor % leadFactor != 0) {
        return Optional.empty();
      }
      SizeExpr part = term(monomial.get(), factor / leadFactor);
      quotient = quotient.plus(part);
      rest = rest.minus(part.times(divisor));
    }
    return rest.terms.isEmpty() ? Optional.of(quotient) : Optional.empty();
  }

  /** The quotient rounded down; an atom of its own where it is no polynomial. */
  SizeExpr dividedDown(SizeExpr divisor) {
    Optional<SizeExpr> exact = dividedExactly(divisor);
    if (exact.isPresent()) {
      return exact.get();
    }
    if (!known || !divisor.known || divisor.is(0)) {
      return UNKNOWN;
    }
    OptionalLong a = constant();
    OptionalLong b = divisor.constant();
    if (a.isPresent() && b.isPresent()) {
      return of(Math.floorDiv(a.getAsLong(), b.getAsLong()));
    }
    return isNonNegative() && divisor.isNonNegative()
        ? atom("floor((%s)/(%s))".formatted(this, divisor))
        : UNKNOWN;
  }

  /** This with one atom replaced. */
  SizeExpr replace(String atom, SizeExpr replacement) {
    SizeExpr result = of(0);
    for (Map.Entry<Monomial, Long> e : terms.entrySet()) {
      SizeExpr product = of(e.getValue());
      for (String factor : e.getKey().atoms()) {
        product = product.times(factor.equals(atom) ? replacement : atom(factor));
      }
      result = result.plus(product);
    }
    return known ? result : UNKNOWN;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SizeExpr e && known && e.known && terms.equals(e.terms);
  }

  @Override
  public int hashCode() {
    return terms.hashCode();
  }

  @Override
  public String toString() {
    if (!known) {
      return "?";
    }
    if (terms.isEmpty()) {
      return "0";
    }
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Monomial, Long> e : terms.entrySet()) {
      long factor = e.getValue();
      String sign = factor < 0 ? " - " : " + ";
      text.append(text.isEmpty() ? (factor < 0 ? "-" : "") : sign);
      String atoms = String.join("*", e.getKey().atoms());
      boolean plain = Math.abs(factor) == 1 && !atoms.isEmpty();
      text.append(plain ? atoms : Math.abs(factor) + (atoms.isEmpty() ? "" : "*" + atoms));
    }
    return text.toString();
  }
}
