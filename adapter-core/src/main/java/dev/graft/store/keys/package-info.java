/**
 * Encryption: a key for each tenant, where keys are kept, and blobs that only a key opens. Nothing
 * here knows the index, or where blobs lie.
 */
@NullMarked
package dev.graft.store.keys;

import org.jspecify.annotations.NullMarked;
