/**
 * What a version must pass on its way into the registry and to an alias: facts that every version
 * states, gates on its metrics, and what a caller checks besides. Nothing here knows blobs or the
 * index.
 */
@NullMarked
package dev.graft.store.check;

import org.jspecify.annotations.NullMarked;
