/**
 * Probes: what a base and an adapter answer to a few texts. They are taken when a training ends, go
 * with the adapter in its record, and are asked again where it arrives, to see that it still does
 * the same and does anything at all.
 *
 * <p>All is computed in 32-bit floats, whatever precision the base is trained or served in.
 */
@NullMarked
package dev.graft.probe;

import org.jspecify.annotations.NullMarked;
