/** Tests of the models and texts that other modules test with. */
@NullMarked
package dev.graft.testmodels;

import org.jspecify.annotations.NullMarked;
