// The command line, and which mutants it asks for.

import Foundation

/// What the command line asks for.
struct Options {
  var package = "."
  /// Ends of paths; nothing for all files.
  var files: [String] = []
  var count: Int?
  var seed: UInt64 = 1
  var jobs = ProcessInfo.processInfo.activeProcessorCount
  var isAgain = false

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      switch argument {
      case "--files":
        files = rest.popFirst()?.split(whereSeparator: { ", ".contains($0) }).map(String.init) ?? []
      case "--count": count = rest.popFirst().flatMap(Int.init)
      case "--seed": seed = rest.popFirst().flatMap(UInt64.init) ?? seed
      case "--jobs": jobs = rest.popFirst().flatMap(Int.init) ?? jobs
      case "--again": isAgain = true
      default: package = argument
      }
    }
  }

  /// The mutants to run, in the order of files and lines.
  func choose(_ all: [Mutant], before: String?) -> [Mutant] {
    var mutants = all
    if !files.isEmpty {
      mutants = mutants.filter { one in files.contains { one.file.hasSuffix($0) } }
    }
    if isAgain, let before {
      let names = Set(
        before.split(separator: "\n").map { $0.split(separator: "\t") }
          .filter { ["survived", "not met"].contains($0[0]) }.map { String($0[1]) })
      mutants = mutants.filter { names.contains($0.name) }
    }
    guard let count, count < mutants.count else { return mutants }
    var generator = Shuffling(state: seed)
    return Array(mutants.shuffled(using: &generator).prefix(count)).sorted { $0.number < $1.number }
  }
}

/// SplitMix64.
private struct Shuffling: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
