/**
 * The file that a tenant travels in: a plain tar with one JSON document and the content of its
 * adapters, see {@code docs/formats/tenant-archive.md}.
 *
 * <p>What is read here came from outside: nothing of it is used before all of it was checked. Only
 * the words of the registry are known here, neither its index nor its blobs.
 */
@NullMarked
package dev.graft.store.archive;

import org.jspecify.annotations.NullMarked;
