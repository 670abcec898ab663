/**
 * What every other room needs of files: writing them whole or not at all, and digests of their
 * content.
 */
@NullMarked
package dev.graft.files;

import org.jspecify.annotations.NullMarked;
