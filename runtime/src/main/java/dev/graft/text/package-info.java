/**
 * Text: a tokenizer read from a Hugging Face {@code tokenizer.json}, and the nearest of some known
 * names to a mistyped one.
 *
 * <p>Nothing here touches the network.
 */
@NullMarked
package dev.graft.text;

import org.jspecify.annotations.NullMarked;
