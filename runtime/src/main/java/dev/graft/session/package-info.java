/**
 * A bundle's graphs as opened models that share one copy of the base weights.
 *
 * <p>Training and inference open graphs through {@link dev.graft.session.BundleSessions}, which
 * maps the weights once and specialises each graph to the slots and outputs it is opened for.
 */
@NullMarked
package dev.graft.session;

import org.jspecify.annotations.NullMarked;
