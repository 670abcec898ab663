package dev.graft.family;

/**
 * The sizes that every family has.
 *
 * @param hidden features of a hidden state
 * @param inner features inside of a feed-forward block
 * @param positions the longest sequence the model has positions for
 */
record ModelSizes(
    int hidden, int inner, int layers, HeadShape heads, int vocabulary, int positions) {}
