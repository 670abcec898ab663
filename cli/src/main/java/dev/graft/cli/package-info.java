/**
 * The {@code graft} command: one class per command, what they share, and the translation of errors
 * into three lines and an exit code. The only room that prints, reads the environment and exits.
 */
@NullMarked
package dev.graft.cli;

import org.jspecify.annotations.NullMarked;
