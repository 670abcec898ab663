package dev.graft.store.model;

/**
 * An adapter with all its versions, which belong to one base and one tokenizer.
 *
 * @param name its name
 * @param baseDigest the base of the newest version
 * @param tokenizerDigest the tokenizer of the newest version
 * @param lastVersion number of the newest version
 */
public record AdapterLine(
    AdapterName name, String baseDigest, String tokenizerDigest, int lastVersion) {}
