/**
 * Merging: an adapter folded into its base and written as a plain {@code .onnx} that any ONNX
 * Runtime runs, checked against the adapter path before anybody sees it.
 */
@NullMarked
package dev.graft.merge;

import org.jspecify.annotations.NullMarked;
