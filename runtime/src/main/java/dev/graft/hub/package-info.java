/**
 * Models from the Hugging Face Hub: list what a repository holds, take the files that Graft can
 * use, and put them into a directory that is there only when it is complete.
 *
 * <p>Everything a server says is untrusted: names, sizes and redirects are checked before they are
 * used, and no byte is kept whose digest disagrees with the listing. The access token goes to the
 * endpoint's own origin and nowhere else. Needs nothing of ONNX.
 */
@NullMarked
package dev.graft.hub;

import org.jspecify.annotations.NullMarked;
