/**
 * Models, tokenizers and texts that tests and the quickstart need: small encoders made on the spot
 * from a seed, the real default encoder from its Maven artifact, and labelled texts of three
 * domains. Everything is written into a folder the caller names. Shapes: B batch, T tokens, H
 * hidden, I intermediate.
 */
@NullMarked
package dev.graft.testmodels;

import org.jspecify.annotations.NullMarked;
