// The command line. One file a subcommand, no logic: what they do is in the library.

import ArgumentParser
import Splitbrain

@main
struct SplitbrainTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "splitbrain",
    abstract: "What does a multi-region data design do when its regions disagree?",
    // One line a paragraph: the terminal's width decides where it breaks.
    discussion: """
      Runs regions in one process, each on its own SQLite database, joined by a simulated network \
      with latency, loss and partitions. Checkers decide which guarantees held; measures say what \
      they cost. The same scenario and seed give the same run, to the byte.

      Start with:  splitbrain init my.yaml && splitbrain run my.yaml

      Exit status: 0 everything as expected; 1 a guarantee or expectation failed; 2 unknown; 64 bad \
      usage; 65 bad scenario or history; 70 a bug of splitbrain's; 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      RunCommand.self, CompareCommand.self, DecideCommand.self, CheckCommand.self,
      RunbookCommand.self, CatalogueCommand.self, PresetsCommand.self, ValidateCommand.self,
      ListCommand.self,
      InitCommand.self, ImportCommand.self, SchemaCommand.self,
    ])
}
