package dev.graft.family;

import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Fields of configurations that change nothing about what a model computes for given tokens: how it
 * was made, trained, stored and is to be used.
 */
final class IgnoredFields {
  private static final Set<String> ORIGIN =
      words(
          """
          _name_or_path name_or_path _commit_hash transformers_version architectures model_type
          torch_dtype dtype use_bfloat16 torchscript use_cache is_llama_config unsloth_version
          unsloth_fixed transformers.js_config tokenizer_class prefix finetuning_task
          task_specific_params problem_type id2label label2id num_labels return_dict
          output_attentions output_hidden_states output_past gradient_checkpointing
          attn_implementation _attn_implementation _attn_implementation_autoset
          _attn_implementation_internal chunk_size_feed_forward initializer_range
          initializer_factor pretraining_tp tf_legacy_loss model_max_length
          """);

  private static final Set<String> TOKENS =
      words(
          """
          bos_token_id eos_token_id pad_token_id sep_token_id cls_token_id mask_token_id unk_token_id
          decoder_start_token_id
          """);

  /** What belongs into {@code generation_config.json} and was written here once. */
  private static final Set<String> GENERATION =
      words(
          """
          max_length min_length do_sample early_stopping num_beams num_beam_groups
          diversity_penalty temperature top_k top_p typical_p repetition_penalty length_penalty
          no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids num_return_sequences
          output_scores return_dict_in_generate forced_bos_token_id forced_eos_token_id
          remove_invalid_values exponential_decay_length_penalty suppress_tokens
          begin_suppress_tokens max_new_tokens
          """);

  private static final Set<String> DROPOUT =
      words(
          """
          attention_dropout hidden_dropout_prob attention_probs_dropout_prob classifier_dropout
          resid_pdrop embd_pdrop attn_pdrop dropout qa_dropout seq_classif_dropout
          """);

  private IgnoredFields() {}

  /** The fields that every family ignores, and those of one. */
  static Set<String> with(String own) {
    Set<String> all = new TreeSet<>(words(own));
    for (Collection<String> more : Arrays.asList(ORIGIN, TOKENS, GENERATION, DROPOUT)) {
      all.addAll(more);
    }
    return all;
  }

  private static Set<String> words(String text) {
    return new TreeSet<>(Arrays.asList(text.strip().split("\\s+", -1)));
  }
}
