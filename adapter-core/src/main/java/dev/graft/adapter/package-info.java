/**
 * What an adapter is: its configuration, its weights, and what Graft knows about it beyond that.
 *
 * <p>Values only: nothing here reads a file, knows a model, or needs ONNX Runtime. Every type is
 * immutable and may be shared between threads. What all adapters have in common lies here; each
 * type of adapter has a package below, which knows this one and no other type's.
 */
@NullMarked
package dev.graft.adapter;

import org.jspecify.annotations.NullMarked;
