/**
 * Adapter files: read, checked and written.
 *
 * <p>Files are untrusted: everything is validated before use, and a bad file ends in an {@link
 * dev.graft.adapter.format.AdapterFormatException} that says where. Writes are atomic. {@link
 * dev.graft.adapter.format.AdapterFormats} is the table of formats, {@code AdapterTypes} that of
 * the adapter types a PEFT directory may hold. The formats themselves are described in {@code
 * docs/formats}.
 */
@NullMarked
package dev.graft.adapter.format;

import org.jspecify.annotations.NullMarked;
