/**
 * The index: who has which versions, where aliases point, and what was done, in SQLite or
 * PostgreSQL.
 *
 * <p>{@link dev.graft.store.index.Index} opens a database and runs work in transactions; a {@link
 * dev.graft.store.index.Session} has one class per table. All writers of a store are one after the
 * other, in whatever processes they are, so a transaction that writes sees all that was written
 * before it. Nothing here knows blobs or adapters.
 */
@NullMarked
package dev.graft.store.index;

import org.jspecify.annotations.NullMarked;
