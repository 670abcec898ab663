/**
 * The modules of a graph as a user of the original framework knows them: linear layers by their
 * path, and the inputs and outputs of a text encoder.
 */
@NullMarked
package dev.graft.module;

import org.jspecify.annotations.NullMarked;
