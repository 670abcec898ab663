/**
 * Chat templates: the part of the Jinja language that published models use, read, checked and run.
 *
 * <p>A template is a program from outside. It reaches nothing but the values it is given: there is
 * no reflection, no import, no file and no clock but through {@code strftime_now}; and steps, time,
 * text and nesting are limited. Values never become template text again. What is not supported is
 * refused by name when a template is read. The language is Jinja 3.1 as Transformers sets it up:
 * {@code trim_blocks} and {@code lstrip_blocks} on, {@code break} and {@code continue}, {@code
 * generation} blocks.
 */
@NullMarked
package dev.graft.chat;

import org.jspecify.annotations.NullMarked;
