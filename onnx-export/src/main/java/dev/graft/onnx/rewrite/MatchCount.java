package dev.graft.onnx.rewrite;

/** How many places of a graph a rewrite changed. */
public record MatchCount(String pattern, int count) {}
