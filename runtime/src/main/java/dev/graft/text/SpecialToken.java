package dev.graft.text;

/**
 * A token that {@code tokenizer_config.json} gives a role.
 *
 * @param role the file's name for it, such as {@code eos_token}
 * @param text how it is written, such as {@code </s>}
 */
public record SpecialToken(String role, String text, int id) {}
