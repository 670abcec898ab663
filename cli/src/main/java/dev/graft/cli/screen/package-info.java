/**
 * What a person sees: streams, colours, tables, progress. Data goes to standard output, everything
 * else to standard error. Knows nothing of models or adapters; for one thread at a time.
 */
@NullMarked
package dev.graft.cli.screen;

import org.jspecify.annotations.NullMarked;
