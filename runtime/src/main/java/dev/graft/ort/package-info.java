/**
 * ONNX Runtime behind one small binding: open a model, run it with named tensors, close it.
 *
 * <p>The only room that imports {@code ai.onnxruntime}; nothing above it may know which binding is
 * in use. Everything native here is {@link java.lang.AutoCloseable} and closed by who opened it;
 * {@link dev.graft.ort.NativeHandles} counts what is open. Models and tensors may be shared by
 * threads: closing one that a run still uses frees it when that run ends, never earlier.
 */
@NullMarked
package dev.graft.ort;

import org.jspecify.annotations.NullMarked;
