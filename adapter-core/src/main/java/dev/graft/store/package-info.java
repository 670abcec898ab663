/**
 * The registry: adapters of many tenants in versions that never change, under aliases that move.
 *
 * <p>{@link dev.graft.store.AdapterStore} is the way in. Below it lie blobs ({@code .blob}), the
 * index ({@code .index}), the checks a version must pass ({@code .check}), the file that a tenant
 * travels in ({@code .archive}), and the words they all share ({@code .model}). {@code
 * docs/formats/store.md} describes what lies on the disk.
 */
@NullMarked
package dev.graft.store;

import org.jspecify.annotations.NullMarked;
