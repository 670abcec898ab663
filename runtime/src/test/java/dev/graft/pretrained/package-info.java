/** Models made of checkpoints, run on ONNX Runtime. */
@NullMarked
package dev.graft.pretrained;

import org.jspecify.annotations.NullMarked;
