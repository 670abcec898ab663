/**
 * What a graph must be: definitions before uses, unique names, operators used as the standard says.
 * Rewrites are checked with it in tests; files are checked after they were read and lifted.
 */
@NullMarked
package dev.graft.onnx.check;

import org.jspecify.annotations.NullMarked;
