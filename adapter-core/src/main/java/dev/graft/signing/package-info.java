/**
 * Ed25519 signatures over bytes: key files in PEM, and DSSE envelopes that carry what was signed
 * together with its signatures. Nothing here knows adapters or the registry.
 */
@NullMarked
package dev.graft.signing;

import org.jspecify.annotations.NullMarked;
