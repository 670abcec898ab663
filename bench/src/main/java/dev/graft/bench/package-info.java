/** JMH benchmarks. The scripts beside this module run them next to the peers. */
@NullMarked
package dev.graft.bench;

import org.jspecify.annotations.NullMarked;
