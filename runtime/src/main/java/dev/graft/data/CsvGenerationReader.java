package dev.graft.data;

import dev.graft.text.NearestNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Prompts and completions, or whole texts, in columns. */
final class CsvGenerationReader implements GenerationReader {
  private final CsvRows rows;
  private final GenerationColumns columns;
  private final List<String> header;

  CsvGenerationReader(Path file, char delimiter, GenerationColumns columns) throws IOException {
    this.columns = columns;
    this.rows = new CsvRows(file, delimiter);
    this.header = rows.header();
    boolean complete = false;
    try {
      checkHeader();
      complete = true;
    } finally {
      if (!complete) {
        rows.close();
      }
    }
  }

  private void checkHeader() throws DataException {
    if (columns.template().isPresent()) {
      PromptTemplate template = columns.template().get();
      for (String column : template.columns()) {
        if (!header.contains(column)) {
          throw rows.problem(template.missing(column, header));
        }
      }
    } else if (!header.contains(columns.prompt()) && !header.contains(columns.text())) {
      throw rows.problem(
          "header has neither \"%s\" nor \"%s\", it has %s%s; the first line must name the columns"
              .formatted(
                  columns.prompt(),
                  columns.text(),
                  NearestNames.list(header),
                  NearestNames.hint(columns.prompt(), header)));
    }
  }

  @Override
  public Optional<GenerationExample> next() throws IOException {
    Optional<List<String>> next = rows.next();
    return next.isEmpty() ? Optional.empty() : Optional.of(example(next.get()));
  }

  private GenerationExample example(List<String> values) throws DataException {
    Optional<String> adapter = CsvReader.value(values, header.indexOf(columns.adapter()));
    boolean prompted = columns.template().isPresent() || header.contains(columns.prompt());
    if (!prompted) {
      String text = values.get(header.indexOf(columns.text()));
      requireText(text, columns.text());
      return new GenerationExample.Text(text, rows.line(), adapter);
    }
    String prompt =
        columns
            .template()
            .map(template -> template.fill(column -> values.get(header.indexOf(column))))
            .orElseGet(() -> values.get(header.indexOf(columns.prompt())));
    int completion = header.indexOf(columns.completion());
    if (completion < 0) {
      requireText(prompt, columns.prompt());
      return new GenerationExample.Prompt(prompt, rows.line(), adapter);
    }
    requireText(values.get(completion), columns.completion());
    return new GenerationExample.Completion(prompt, values.get(completion), rows.line(), adapter);
  }

  private void requireText(String text, String column) throws DataException {
    if (text.isEmpty()) {
      throw rows.problem("row has an empty \"%s\"; give it a text or remove it".formatted(column));
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
