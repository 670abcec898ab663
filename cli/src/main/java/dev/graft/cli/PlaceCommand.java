package dev.graft.cli;

import picocli.CommandLine.Mixin;

/** A command about a registry, whether it is there or not yet. */
abstract class PlaceCommand extends AnsweringCommand {
  @Mixin StoreSettings place;

  PlaceCommand(CommandContext context) {
    super(context);
  }
}
