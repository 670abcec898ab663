/**
 * Adapters in native memory, ready for the runs of one bundle.
 *
 * <p>An {@link dev.graft.resident.AdapterTable} knows the loaded adapters by name and hands out
 * leases on them; whoever holds a lease keeps an immutable adapter to the end, whatever is loaded
 * or unloaded meanwhile. An {@link dev.graft.resident.AdapterStack} lays the adapters of one batch
 * on top of each other, and a {@link dev.graft.resident.GraphCache} holds the graphs specialised to
 * the slots that they fill. What answers requests stands on these: {@code dev.graft.infer} and
 * {@code dev.graft.generate}.
 */
@NullMarked
package dev.graft.resident;

import org.jspecify.annotations.NullMarked;
