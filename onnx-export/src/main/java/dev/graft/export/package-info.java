/**
 * Artifact bundles: what a pretrained model becomes before adapters are trained on it.
 *
 * <p>A bundle is a directory with a manifest, training, evaluation, optimizer and inference graphs,
 * the tokenizer, and one file with the base weights that all graphs share. {@link
 * dev.graft.export.BundleExporter} makes one from an {@code .onnx} file, {@link
 * dev.graft.export.Bundle} opens one, and {@link dev.graft.export.AdapterBinding} decides whether
 * an adapter belongs to it. The format is described in {@code docs/formats/bundle.md}.
 */
@NullMarked
package dev.graft.export;

import org.jspecify.annotations.NullMarked;
