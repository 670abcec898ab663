package dev.graft.adapter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.adapter.FloatTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files a PEFT directory has, and what their tensors are called. */
class PeftDirectoryTest {
  private static final String PREFIX = "base_model.model.";

  @TempDir Path folder;
  private Path directory = Path.of("");
  private Path tensorFile = Path.of("");

  @BeforeEach
  void writeAnAdapter() throws IOException {
    directory = folder.resolve("sample");
    tensorFile = directory.resolve(PeftFormat.TENSOR_FILE);
    new PeftFormat().write(Samples.classifier(), directory);
  }

  private String refusal() {
    return assertThrows(AdapterFormatException.class, () -> new PeftFormat().read(directory))
        .getMessage();
  }

  private void edit(String from, String to) throws IOException {
    Path config = directory.resolve(PeftFormat.CONFIG_FILE);
    Files.writeString(config, Files.readString(config).replace(from, to));
  }

  private void addTensor(String name, FloatTensor tensor) throws IOException {
    SortedMap<String, FloatTensor> tensors =
        new TreeMap<>(AdapterTypeContract.peftTensors(tensorFile));
    tensors.put(name, tensor);
    SafetensorsWriter.write(tensorFile, tensors, Map.of(), TensorDtype.F32);
  }

  @Test
  void isFoundByAnyOfItsFiles() throws IOException {
    Path found = Files.createDirectory(folder.resolve("found"));
    for (String name : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
      assertFalse(new PeftFormat().detect(found));
      Path file = Files.createFile(found.resolve(name));
      assertTrue(new PeftFormat().detect(found));
      assertTrue(AdapterFormats.isAdapter(found));
      Files.delete(file);
    }
    Files.createFile(found.resolve("adapter_model.bin"));
    assertTrue(new PeftFormat().detect(found));
    assertFalse(new PeftFormat().detect(tensorFile));
    assertFalse(AdapterFormats.isAdapter(folder));
  }

  @Test
  void saysWhichFileIsMissing() throws IOException {
    Files.delete(tensorFile);
    assertTrue(refusal().endsWith("there is no adapter_model.safetensors"));

    Files.delete(directory.resolve(PeftFormat.CONFIG_FILE));
    assertTrue(refusal().contains("adapter_config.json: missing"));
  }

  @Test
  void saysWhichTypesThereAre() throws IOException {
    edit("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"");
    assertTrue(
        refusal()
            .endsWith(
                "at /peft_type: \"IA3\" is not supported, expected one of [LORA, PREFIX_TUNING]"));

    edit("\"peft_type\": \"IA3\"", "\"peft_type\": null");
    assertTrue(refusal().endsWith("at /peft_type: missing; expected one of [LORA, PREFIX_TUNING]"));
  }

  @Test
  void takesNoTensorTwice() throws IOException {
    addTensor("classifier.bias", Samples.tensor(4, 2));

    assertTrue(
        refusal().endsWith("given twice, with and without \"base_model.model.\""), refusal());
  }

  @Test
  void warnsOfTensorsWithoutPrefixAlsoBesideOtherWarnings() throws IOException {
    edit("\"use_dora\": false", "\"use_magic\": true");
    addTensor("classifier.more", Samples.tensor(4, 2));
    addTensor("classifier.other", Samples.tensor(4, 2));

    List<String> warnings = new PeftFormat().load(directory, ReadOptions.strict()).warnings();

    assertEquals(2, warnings.size(), warnings.toString());
    assertTrue(warnings.get(0).contains("use_magic"), warnings.toString());
    assertTrue(warnings.get(1).startsWith("tensor \"classifier.more\" does not begin"));
  }

  @Test
  void readsAnAdapterWithoutARecord() throws IOException {
    Files.delete(directory.resolve(GraftJson.FILE));

    assertTrue(new PeftFormat().read(directory).record().isEmpty());
  }

  @Test
  void saysWhichFeatureATensorIsOf() throws IOException {
    Map<String, String> features =
        Map.of(
            "x.lora_embedding_A", "LoRA of an embedding is not supported",
            "x.lora_magnitude_vector", "DoRA is not supported",
            "x.lora_B.bias", "a bias in lora_B is not supported",
            "x.token_adapter.y", "trainable tokens is not supported",
            "x.base_layer.weight", "a trained base parameter is not supported",
            "x.lora_A.default.weight", "unexpected LoRA tensor",
            "x.lora_B.default.weight", "unexpected LoRA tensor");
    for (Map.Entry<String, String> feature : features.entrySet()) {
      new PeftFormat().write(Samples.classifier(), directory, WriteOptions.defaults().replacing());
      addTensor(PREFIX + feature.getKey(), Samples.tensor(1, 2, 2));
      assertTrue(refusal().contains("/" + feature.getKey() + ": " + feature.getValue()), refusal());
    }
  }

  @Test
  void saysThatConvolutionsAreNotSupported() throws IOException {
    addTensor(PREFIX + "conv.lora_A.weight", Samples.tensor(1, 2, 3, 1, 1));
    addTensor(PREFIX + "conv.lora_B.weight", Samples.tensor(1, 3, 2, 1, 1));
    assertTrue(
        refusal()
            .contains("LoRA of a convolution (A [2, 3, 1, 1], B [3, 2, 1, 1]) is not supported"),
        refusal());

    addTensor(PREFIX + "conv.lora_B.weight", Samples.tensor(1, 3, 2));
    assertFalse(refusal().contains("convolution"), refusal());
  }

  @Test
  void savesTheHeadOfATaskWithoutBeingTold() throws IOException {
    edit("\"modules_to_save\": [\n    \"classifier\"\n  ]", "\"modules_to_save\": null");
    assertEquals(2, new PeftFormat().read(directory).saved().size());
    addTensor(PREFIX + "score.weight", Samples.tensor(1, 2, 2));
    assertEquals(3, new PeftFormat().read(directory).saved().size());

    edit("\"task_type\": \"SEQ_CLS\"", "\"task_type\": \"CAUSAL_LM\"");
    assertTrue(
        refusal().contains("extra tensor: neither a LoRA factor nor part of modules_to_save []"));
  }

  @Test
  void knowsASavedParameterByAWholePartOfItsName() throws IOException {
    addTensor(PREFIX + "classifier", Samples.tensor(1, 2));
    assertTrue(refusal().contains("/classifier: extra tensor"), refusal());
  }
}
