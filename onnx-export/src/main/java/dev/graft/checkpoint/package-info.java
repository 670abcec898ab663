/**
 * A Hugging Face checkpoint directory: its configuration and, by name, its tensors, whichever file
 * holds them. Knows nothing of model families.
 *
 * <p>Every file is checked before it is used; nothing outside of the directory is read.
 */
@NullMarked
package dev.graft.checkpoint;

import org.jspecify.annotations.NullMarked;
