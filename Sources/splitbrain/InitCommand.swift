// splitbrain init: a commented scenario to start from.

import ArgumentParser
import Foundation
import Splitbrain

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Write a commented starter scenario.")

  @Argument(help: "The file to write.") var name = "scenario.yaml"

  func run() throws {
    let path = name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? name : name + ".yaml"
    guard !FileManager.default.fileExists(atPath: path) else {
      throw ValidationError("\(path) is there already; nothing was written")
    }
    let title = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let text = StarterScenario.text(name: title, strategy: Quorum.name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    Terminal.out("wrote \(path); run it with: splitbrain run \(path)\n")
  }
}
