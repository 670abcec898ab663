package dev.graft.cli;

import picocli.CommandLine.Mixin;

/** A command about a directory of keys, whether it is there or not yet. */
abstract class KeyPlaceCommand extends AnsweringCommand {
  @Mixin KeySettings place;

  KeyPlaceCommand(CommandContext context) {
    super(context);
  }
}
