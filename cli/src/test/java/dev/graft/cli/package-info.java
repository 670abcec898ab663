/** Tests of the command line, most of them from the arguments to the exit code. */
@NullMarked
package dev.graft.cli;

import org.jspecify.annotations.NullMarked;
