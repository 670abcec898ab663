package dev.graft.pretrained;

import static dev.graft.Refusals.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.adapter.FloatTensor;
import dev.graft.checkpoint.CheckpointException;
import dev.graft.family.ModelFamilies;
import dev.graft.family.PretrainedModel;
import dev.graft.testmodels.TinyCheckpoint;
import dev.graft.testmodels.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointRefusalTest {
  @TempDir Path folder;

  @Test
  void everyFamilyHasATinyCheckpoint() {
    Set<String> tiny = new TreeSet<>(TinyCheckpoints.DECODERS);
    tiny.addAll(TinyCheckpoints.ENCODERS);

    assertEquals(tiny, new TreeSet<>(ModelFamilies.names()));
  }

  @Test
  void namesTheNearestFamily() throws IOException {
    String message = refused(TinyCheckpoints.of("llama").with("model_type", "lama"));

    assertTrue(message.contains("field 'model_type' is 'lama'"), message);
    assertTrue(message.contains("did you mean \"llama\"?"), message);
    assertTrue(message.contains("distilbert, gpt2"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          llama      | hidden_act               | "xielu"         | expected one of [gelu
          llama      | rope_scaling             | {"type": "dynamic", "factor": 2.0} | 'rope_type' is dynamic; expected one of [default, linear, llama3]
          llama      | rope_scaling             | {"rope_type": "yarn", "factor": 2.0} | 'rope_type' is yarn
          llama      | rope_scaling             | {"type": "linear", "factor": 0} | 'factor' is 0
          llama      | rope_scaling             | {"type": "linear", "factor": 2, "beta_fast": 3} | 'beta_fast'
          llama      | partial_rotary_factor    | 0.5             | 'partial_rotary_factor' is 0.5; expected 1
          llama      | quantization_config      | {"bits": 4}     | 'quantization_config'
          llama      | num_attention_heads      | 5               | 'num_key_value_heads' is 2; expected a divisor
          llama      | num_hidden_layers        | 3               | asks for 3 layers, and the tensors are of 2
          llama      | num_hidden_layers        | 200000000       | asks for 200000000 layers
          llama      | num_hidden_layers        | 1               | asks for 1 layers
          llama      | vocab_size               | -5              | 'vocab_size' is -5; expected a whole number
          llama      | hidden_size              | "32"            | 'hidden_size' is "32"
          llama      | head_dim                 | 7               | 'head_dim' is 7; expected an even number
          llama      | head_dim                 | 268435456       | 'head_dim' is 268435456; expected at most
          llama      | max_position_embeddings  | 268435456       | expected at most 1048576
          llama      | attention_bias           | true            | 8 tensors are missing
          llama      | intermediate_size        | 64              | tensors do not have the shapes
          llama      | tie_word_embeddings      | false           | 1 tensors are missing, the first are [lm_head.weight]
          llama      | architectures            | ["LlamaForSequenceClassification"] | 'architectures'
          llama      | use_sliding_windows      | true            | 'use_sliding_windows' is true
          llama      | auto_map                 | {"AutoModel": "x.Y"} | 'auto_map'
          llama      | is_encoder_decoder       | true            | 'is_encoder_decoder'
          mistral    | sliding_window           | 32              | 'sliding_window' is 32; expected null
          qwen2      | use_sliding_window       | true            | 'sliding_window' is 32
          qwen3      | layer_types              | ["sliding_attention", "full_attention"] | 'layer_types'
          gpt2       | add_cross_attention      | true            | 'add_cross_attention' is true
          gpt2       | activation_function      | "mish"          | 'activation_function' is mish
          gpt2       | n_head                   | 5               | 'n_embd' is 32; expected a multiple of the 5 heads
          bert       | position_embedding_type  | "relative_key"  | 'position_embedding_type'
          bert       | is_decoder               | true            | 'is_decoder' is true
          roberta    | max_position_embeddings  | 2               | 'max_position_embeddings' is 2
          distilbert | dim                      | 48              | tensors do not have the shapes
          """)
  void refusesAConfigurationByTheFieldsName(
      String family, String field, String value, String expected) throws IOException {
    TinyCheckpoint checkpoint = TinyCheckpoints.of(family);
    checkpoint.with(field, new ObjectMapper().readTree(value));
    // Tensors are made of the configuration, and here they are not to agree with it.
    Path directory = TinyCheckpoints.of(family).write(folder.resolve("whole"));
    Path changed = folder.resolve("changed");
    checkpoint.writeConfig(changed);
    for (String file : List.of("model.safetensors", "tokenizer.json")) {
      Files.copy(directory.resolve(file), changed.resolve(file));
    }

    String message = refusal(IOException.class, () -> PretrainedModel.read(changed));
    assertTrue(message.contains(expected), message);
  }

  @Test
  void acceptsAWindowThatReachesEveryPosition() throws IOException {
    Path mistral =
        TinyCheckpoints.of("mistral").with("sliding_window", 64).write(folder.resolve("a"));
    Path qwen =
        TinyCheckpoints.of("qwen2")
            .with("use_sliding_window", true)
            .with("max_window_layers", 2)
            .write(folder.resolve("b"));

    assertEquals(64, PretrainedModel.read(mistral).maxPositions());
    assertEquals(64, PretrainedModel.read(qwen).maxPositions());
  }

  @Test
  void refusesAWindowThatIsInForceBecauseNothingIsSaid() throws IOException {
    String message =
        refused(
            TinyCheckpoints.of("mistral")
                .without("sliding_window")
                .with("max_position_embeddings", 8192));

    assertTrue(message.contains("'sliding_window' is 4096"), message);
  }

  @Test
  void listsMissingTensors() throws IOException {
    String message =
        refused(
            TinyCheckpoints.of("llama")
                .tensors(t -> t.keySet().removeIf(n -> n.contains("layers.1.mlp"))));

    assertTrue(message.contains("3 tensors are missing"), message);
    assertTrue(message.contains("model.layers.1.mlp.gate_proj.weight"), message);
  }

  @Test
  void listsTensorsThatAreNoneOfTheFamilys() throws IOException {
    String message =
        refused(
            TinyCheckpoints.of("llama")
                .tensors(
                    t -> t.put("model.layers.0.extra.weight", FloatTensor.zeros(List.of(2L)))));

    assertTrue(message.contains("1 tensors are none of this family's"), message);
    assertTrue(message.contains("model.layers.0.extra.weight"), message);
  }

  @Test
  void ignoresTensorsThatHoldNothingOfTheModel() throws IOException {
    Path llama =
        TinyCheckpoints.of("llama")
            .tensors(
                t ->
                    t.put(
                        "model.layers.0.self_attn.rotary_emb.inv_freq",
                        FloatTensor.zeros(List.of(4L))))
            .write(folder.resolve("llama"));
    Path gpt2 =
        TinyCheckpoints.of("gpt2")
            .tensors(t -> t.put("transformer.h.1.attn.bias", FloatTensor.zeros(List.of(1L, 1L))))
            .write(folder.resolve("gpt2"));

    assertEquals(2, PretrainedModel.read(llama).decoder().layers());
    assertEquals(2, PretrainedModel.read(gpt2).decoder().layers());
  }

  @Test
  void refusesATiedHeadOfItsOwn() throws IOException {
    String message =
        refused(
            TinyCheckpoints.of("llama")
                .tensors(t -> t.put("lm_head.weight", embedding(t).scaled(2))));
    assertTrue(message.contains("tie_word_embeddings is true, but tensors"), message);

    Path repeated =
        TinyCheckpoints.of("llama")
            .tensors(t -> t.put("lm_head.weight", embedding(t)))
            .write(folder.resolve("repeated"));
    assertEquals(259, PretrainedModel.read(repeated).decoder().vocabSize());
  }

  private static FloatTensor embedding(Map<String, FloatTensor> tensors) {
    return Objects.requireNonNull(tensors.get("model.embed_tokens.weight"));
  }

  @Test
  void refusesATokenizerOfAnotherModel() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("llama"));
    String tokenizer = Files.readString(checkpoint.resolve("tokenizer.json"));
    Files.writeString(
        checkpoint.resolve("tokenizer.json"), tokenizer.replace("\"id\" : 2,", "\"id\" : 259,"));

    String message = refusal(CheckpointException.class, () -> PretrainedModel.read(checkpoint));
    assertTrue(
        message.contains("tokenizer.json has token 259, and the model's vocabulary has 259 tokens"),
        message);
  }

  @Test
  void refusesAnEndTokenOutsideOfTheVocabulary() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("llama"));
    Files.writeString(checkpoint.resolve("generation_config.json"), "{\"eos_token_id\": [2, 999]}");

    String message = refusal(CheckpointException.class, () -> PretrainedModel.read(checkpoint));
    assertTrue(message.contains("generation_config.json: field 'eos_token_id' is 999"), message);
  }

  @Test
  void refusesAMissingShardALyingIndexAndADoubledTensor() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").shards(3).write(folder.resolve("llama"));
    assertEquals(2, PretrainedModel.read(checkpoint).decoder().layers());
    Path index = checkpoint.resolve("model.safetensors.index.json");
    String whole = Files.readString(index);
    String name = "\"model.norm.weight\" : \"model-0000";
    char at = whole.charAt(whole.indexOf(name) + name.length());
    char other = at == '1' ? '2' : '1';

    Files.writeString(index, whole.replace(name + at, name + other));
    assertRefused(checkpoint, "says that tensor 'model.norm.weight' is in model-0000" + other);

    Files.writeString(index, whole.replace("\"model.norm.weight\"", "\"model.norm.weights\""));
    assertRefused(checkpoint, "does not name tensor 'model.norm.weight'");

    Files.writeString(index, whole.replace("model-00002-of-00003", "../model-00002-of-00003"));
    assertRefused(checkpoint, "is not the name of a file in the checkpoint's directory");

    Files.writeString(index, whole);
    Path second = checkpoint.resolve("model-00002-of-00003.safetensors");
    Path third = checkpoint.resolve("model-00003-of-00003.safetensors");
    Files.delete(second);
    assertRefused(checkpoint, "has no model-00002-of-00003.safetensors, found [");

    Files.copy(third, second);
    assertRefused(checkpoint, "a tensor belongs to one shard");
  }

  @Test
  void refusesALinkOutOfTheDirectory() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("llama"));
    Path outside = folder.resolve("outside.safetensors");
    Files.move(checkpoint.resolve("model.safetensors"), outside);
    Files.createSymbolicLink(checkpoint.resolve("model.safetensors"), outside);

    assertRefused(checkpoint, "leaves the directory by a symbolic link");
  }

  @Test
  void saysWhatIsMissingFromADirectory() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("llama"));
    Files.move(checkpoint.resolve("model.safetensors"), checkpoint.resolve("pytorch_model.bin"));
    assertRefused(checkpoint, "has no model.safetensors, found [chat_template.jinja, config.json");

    Files.delete(checkpoint.resolve("config.json"));
    assertRefused(checkpoint, "has no config.json");
    refusal(NoSuchFileException.class, () -> PretrainedModel.read(folder.resolve("nowhere")));
  }

  @Test
  void refusesADirectoryWhoseFilesAreDamaged() throws IOException {
    Path checkpoint = TinyCheckpoints.of("llama").write(folder.resolve("llama"));
    for (String file : List.of("tokenizer.json", "generation_config.json", "config.json")) {
      String whole = Files.readString(checkpoint.resolve(file));
      Files.writeString(checkpoint.resolve(file), whole.substring(0, whole.length() / 2));
      assertRefused(checkpoint, "not valid JSON");
      Files.writeString(checkpoint.resolve(file), whole);
    }
  }

  private String refused(TinyCheckpoint checkpoint) throws IOException {
    Path directory = checkpoint.write(folder.resolve("refused"));
    return refusal(CheckpointException.class, () -> PretrainedModel.read(directory));
  }

  private static void assertRefused(Path checkpoint, String expected) {
    String message = refusal(IOException.class, () -> PretrainedModel.read(checkpoint));
    assertTrue(message.contains(expected), message);
  }

  @Test
  void readsShapesAsBothVersionsOfTransformersWriteThem() throws IOException {
    Path old =
        TinyCheckpoints.of("llama")
            .with("rope_theta", 500000.0)
            .with("rope_scaling", Map.of("type", "linear", "factor", 2.0))
            .write(folder.resolve("old"));
    Path current =
        TinyCheckpoints.of("llama")
            .without("rope_theta")
            .without("rope_scaling")
            .with(
                "rope_parameters",
                Map.of("rope_theta", 500000.0, "rope_type", "linear", "factor", 2.0))
            .write(folder.resolve("current"));

    String table = "model.rotary_emb.cos_cache";
    assertEquals(
        PretrainedModel.read(old).model().graph().initializers().get(table),
        PretrainedModel.read(current).model().graph().initializers().get(table));
  }
}
