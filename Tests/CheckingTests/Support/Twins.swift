// How many random histories each checker is compared with its brute-force twin on. A debug build looks
// at a few thousand, so that `make test` stays quick; `make twins` builds for speed and asks for 100,000.

import Foundation

enum Twins {
  private static let asked = Int(ProcessInfo.processInfo.environment["SPLITBRAIN_TWINS"] ?? "")

  private static let checkers = ProcessInfo.processInfo.environment["SPLITBRAIN_CHECKERS"]
    .map { Set($0.split(separator: ",").map(String.init)) }

  /// Whether the twins of a checker are run: all, unless SPLITBRAIN_CHECKERS names some: "bank,counter".
  static func areChosen(_ checker: String) -> Bool { checkers?.contains(checker) ?? true }

  /// Whether a number was asked for; then each checker tells how its verdicts were shared out.
  static var isFull: Bool { asked != nil }

  /// `usual`, or a small part of what SPLITBRAIN_TWINS asks for.
  static func part(_ usual: Int) -> Int { asked.map { max(usual, $0 / 25) } ?? usual }

  /// `usual`, or what SPLITBRAIN_TWINS asks for.
  static func count(_ usual: Int) -> Int { asked ?? usual }
}
