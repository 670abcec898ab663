/**
 * Blobs: immutable sequences of bytes, found by the SHA-256 of their content.
 *
 * <p>{@link dev.graft.store.blob.BlobStore} is the contract. A directory, or a bucket behind a copy
 * on the local disk, keep it. Nothing here knows what a blob means or who refers to it.
 */
@NullMarked
package dev.graft.store.blob;

import org.jspecify.annotations.NullMarked;
