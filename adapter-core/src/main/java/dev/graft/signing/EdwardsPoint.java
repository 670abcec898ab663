package dev.graft.signing;

import java.math.BigInteger;

/**
 * Points of the curve of Ed25519 (RFC 8032, section 5.1) that are no keys. Whoever "signs" for a
 * point of small order needs no private key.
 */
final class EdwardsPoint {
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  private EdwardsPoint() {}

  /**
   * Whether a point with this y is of large order and written in the one way that it should be.
   *
   * <p>The points of order 1, 2 and 4 have y 1, -1 and 0. Doubling one of order 8 gives y = 0, so
   * that x^2 = -y^2, and with the curve's equation d y^4 + 2 y^2 = 1.
   */
  static boolean isKey(BigInteger y) {
    if (y.signum() < 0 || y.compareTo(P) >= 0) {
      return false;
    }
    BigInteger square = y.multiply(y).mod(P);
    boolean orderUpTo4 = y.signum() == 0 || square.equals(BigInteger.ONE);
    BigInteger ofOrder8 =
        D.multiply(square).multiply(square).add(square.shiftLeft(1)).subtract(BigInteger.ONE);
    return !orderUpTo4 && ofOrder8.mod(P).signum() != 0;
  }
}
