/**
 * Data sets: read labelled texts, or prompts, conversations and texts to be learned, from files;
 * tokenize them once, cut them into batches, and report what is wrong with them.
 *
 * <p>Files are read as strict UTF-8; every complaint names file and line. Batches have the shape
 * {@code [B, T]}: B rows, T tokens of the longest row. Which rows make up step s of epoch e depends
 * on the seed alone, so a run can continue anywhere without replaying what came before.
 */
@NullMarked
package dev.graft.data;

import org.jspecify.annotations.NullMarked;
