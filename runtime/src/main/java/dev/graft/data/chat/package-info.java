/**
 * Conversations: messages, the model's own chat template over them, and which characters of the
 * text that comes out are the assistant's.
 */
@NullMarked
package dev.graft.data.chat;

import org.jspecify.annotations.NullMarked;
