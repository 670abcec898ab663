package dev.graft.data;

/**
 * An example as tokens, before it is cut.
 *
 * @param sharedTokens tokens that have characters of prompt and answer both
 */
record EncodedExample(TokenSequence sequence, int sharedTokens) {}
