/** What the tests of this module share. */
@NullMarked
package dev.graft;

import org.jspecify.annotations.NullMarked;
