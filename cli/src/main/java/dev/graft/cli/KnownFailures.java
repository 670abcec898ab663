package dev.graft.cli;

import dev.graft.adapter.algebra.CombinationException;
import dev.graft.adapter.format.AdapterFormatException;
import dev.graft.autodiff.MissingGradientException;
import dev.graft.chat.TemplateException;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.data.DataException;
import dev.graft.export.BundleException;
import dev.graft.export.IncompatibleAdapterException;
import dev.graft.generate.ContextOverflowException;
import dev.graft.generate.WaitingLimitException;
import dev.graft.hub.HubException;
import dev.graft.merge.MergeException;
import dev.graft.onnx.UnsupportedModelException;
import dev.graft.onnx.io.OnnxFormatException;
import dev.graft.ort.OrtFailure;
import dev.graft.resident.UnknownAdapterException;
import dev.graft.signing.SigningException;
import dev.graft.store.model.AliasConflictException;
import dev.graft.store.model.DamagedStoreException;
import dev.graft.store.model.KeyUnavailableException;
import dev.graft.store.model.NotInStoreException;
import dev.graft.store.model.PublishRefusedException;
import dev.graft.store.model.QuotaExceededException;
import dev.graft.store.model.StoreFormatException;
import dev.graft.store.model.StoreUnavailableException;
import dev.graft.store.model.UntrustedVersionException;
import dev.graft.store.model.VersionStateException;
import dev.graft.text.TokenizerException;
import dev.graft.train.TrainingException;
import java.nio.charset.CharacterCodingException;
import java.util.List;

/**
 * The table of the rooms' exceptions: which exit code each gives, and what to do where its message
 * does not say. A row further up wins.
 */
final class KnownFailures {
  /**
   * What an exception means here.
   *
   * @param exitCode how the process ends
   * @param fix what to do, or empty where the message's last clause (after {@code ;}) says it
   * @param fallbackFix what to do where the message has no such clause
   */
  record Kind(ExitCode exitCode, String fix, String fallbackFix) {}

  private record Row(Class<? extends Throwable> type, Kind kind) {}

  private static final String REPORT =
      "this is not expected: run it again with --debug and report the stack trace";

  private static final List<Row> TABLE =
      List.of(
          row(
              BundleException.class,
              ExitCode.INVALID,
              "check the folder with 'graft inspect', or export the model again"),
          row(
              IncompatibleAdapterException.class,
              ExitCode.INVALID,
              "use it with the bundle of its own base, or train one for this bundle"),
          row(
              AdapterFormatException.class,
              ExitCode.INVALID,
              "save or train the adapter again; 'graft inspect' shows what can be read"),
          row(
              CheckpointException.class,
              ExitCode.INVALID,
              "give the directory of a Hugging Face checkpoint of one of the supported families"),
          row(OnnxFormatException.class, ExitCode.INVALID, "give an .onnx file that is complete"),
          row(
              UnsupportedModelException.class,
              ExitCode.INVALID,
              "'graft inspect' shows what the model has and what is missing"),
          row(
              MissingGradientException.class,
              ExitCode.INVALID,
              "export other modules, or add the gradient rule"),
          row(
              ContextOverflowException.class,
              ExitCode.INVALID,
              "shorten the prompt, or lower --max-new-tokens"),
          row(
              WaitingLimitException.class,
              ExitCode.RESOURCE,
              "run it again when the machine has less to do"),
          row(
              TemplateException.class,
              ExitCode.INVALID,
              "use plain prompts, or correct the template in the checkpoint and export it again"),
          row(DataException.class, ExitCode.INVALID, "correct the file at this line"),
          row(TokenizerException.class, ExitCode.INVALID, "give a Hugging Face tokenizer.json"),
          row(
              TrainingException.class,
              ExitCode.INVALID,
              "see 'graft train --help' for what can be changed"),
          row(
              MergeException.class,
              ExitCode.FAILURE,
              "merge as fp32, and report it if that fails too"),
          row(UnknownAdapterException.class, ExitCode.INVALID, "load it with --adapter NAME=DIR"),
          row(
              OrtFailure.class,
              ExitCode.FAILURE,
              "run 'graft doctor' to see what this machine has"),
          row(
              HubException.NotFound.class,
              ExitCode.NOT_FOUND,
              "check the id and the revision on the Hub"),
          row(HubException.Denied.class, ExitCode.FORBIDDEN, "set HF_TOKEN"),
          row(HubException.Corrupt.class, ExitCode.INTEGRITY, "pull again"),
          row(HubException.Malformed.class, ExitCode.INVALID, "check that the endpoint is a Hub"),
          row(HubException.NoSpace.class, ExitCode.RESOURCE, "make room"),
          row(HubException.class, ExitCode.FAILURE, "run it again: it goes on where it stopped"),
          row(
              NotInStoreException.class,
              ExitCode.NOT_FOUND,
              "'graft adapters list' shows what the registry has"),
          row(
              AliasConflictException.class,
              ExitCode.CONFLICT,
              "look at it with 'graft adapters history' and decide again"),
          row(
              KeyUnavailableException.class,
              ExitCode.FORBIDDEN,
              "give --keys DIR, the directory of keys that belongs to the registry"),
          row(
              UntrustedVersionException.class,
              ExitCode.REFUSED,
              "sign it with 'graft adapters sign', or trust the key that did"),
          row(
              SigningException.class,
              ExitCode.INVALID,
              "give an Ed25519 key in PEM; 'graft keys signing' makes one"),
          row(VersionStateException.class, ExitCode.FORBIDDEN, "name another version"),
          row(
              QuotaExceededException.class,
              ExitCode.RESOURCE,
              "delete versions, or raise it with 'graft tenants quota'"),
          row(
              PublishRefusedException.class,
              ExitCode.REFUSED,
              "train it anew, or publish it with other conditions"),
          row(
              DamagedStoreException.class,
              ExitCode.INTEGRITY,
              "'graft store fsck' says what is damaged"),
          row(
              StoreFormatException.class,
              ExitCode.INVALID,
              "name a registry of this Graft with --store"),
          row(StoreUnavailableException.class, ExitCode.UNAVAILABLE, "try again"),
          row(CharacterCodingException.class, ExitCode.INVALID, "convert the file to UTF-8"),
          row(
              CombinationException.class,
              ExitCode.INVALID,
              "combine LoRA adapters of one base; 'graft inspect' shows what they are"),
          row(
              IllegalArgumentException.class,
              ExitCode.USAGE,
              "see the command's --help for what it accepts"),
          row(Throwable.class, ExitCode.FAILURE, REPORT));

  private KnownFailures() {}

  static Kind of(Throwable e) {
    return TABLE.stream()
        .filter(row -> row.type().isInstance(e))
        .map(Row::kind)
        .findFirst()
        .orElseThrow();
  }

  private static Row row(Class<? extends Throwable> type, ExitCode exitCode, String fallbackFix) {
    return new Row(type, new Kind(exitCode, "", fallbackFix));
  }
}
