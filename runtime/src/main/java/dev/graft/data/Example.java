package dev.graft.data;

import java.util.Optional;

/**
 * One row of a data file.
 *
 * @param label what the text is, if the row says so; a JSON number or boolean is written as in the
 *     file
 * @param line the line the row begins at, from 1
 * @param adapter the adapter that is to answer the row, if it names one
 */
public record Example(String text, Optional<String> label, long line, Optional<String> adapter) {}
