/**
 * The words of the registry: names, references, tenants, versions, aliases, audit lines, and what
 * can go wrong with them.
 *
 * <p>Values only; nothing here knows a file or a database. The other rooms of {@code
 * dev.graft.store} speak in these types.
 */
@NullMarked
package dev.graft.store.model;

import org.jspecify.annotations.NullMarked;
