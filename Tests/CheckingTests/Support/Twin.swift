// A checker beside its brute force, in one form for all, so that what every checker must keep is written once: the
// truth about small random histories, and what must not change a verdict. `Twin.all` has them all.

import Checking
import Histories
import Testing

/// A small history and the truth about it.
struct Sample {
  var history: History
  var facts = Facts()
  /// Whether the guarantee holds, by brute force.
  var holds: () -> Bool
}

/// One checker, and where small histories for it come from.
struct Twin: Sendable, CustomTestStringConvertible {
  /// What keeps a checker from having a property that the others have.
  struct Exceptions: OptionSet {
    let rawValue: Int
    /// Values are amounts, ranks or opposites: other values must be in proportion.
    static let values = Exceptions(rawValue: 1)
    /// Its bound is a time.
    static let times = Exceptions(rawValue: 2)
    /// A read that saw something clears others: without it they may be guilty.
    static let reads = Exceptions(rawValue: 4)
  }

  /// The checker or the model of isolation.
  let name: String
  /// Which histories.
  let about: String
  let exceptions: Exceptions
  /// At least so many of a hundred histories hold, and so many are violated.
  let share: Int
  let judge: @Sendable (History, Facts) -> Verdict
  /// The next history; nil if there is nothing to judge.
  let draw: @Sendable (inout RandomHistories) throws -> Sample?

  var testDescription: String { about.isEmpty ? name : "\(name), \(about)" }

  /// A checker by its name.
  init(
    _ name: String, _ about: String = "", _ exceptions: Exceptions = [], share: Int = 20,
    _ draw: @escaping @Sendable (inout RandomHistories) throws -> Sample?
  ) {
    self.init(name, about, exceptions, share: share, draw) { history, facts in
      guard let checker = Checkers.named(name) else {
        return Verdict(checker: name, judged: 0, anomalies: [], unknown: "no such checker")
      }
      return checker.init().check(history, facts, Budget())
    }
  }

  init(
    _ name: String, _ about: String, _ exceptions: Exceptions, share: Int,
    _ draw: @escaping @Sendable (inout RandomHistories) throws -> Sample?,
    judge: @escaping @Sendable (History, Facts) -> Verdict
  ) {
    self.name = name
    self.about = about
    self.exceptions = exceptions
    self.share = share
    self.draw = draw
    self.judge = judge
  }

  /// All, or those of the checkers that are asked for.
  static var chosen: [Twin] { all.filter { Twins.areChosen($0.name) } }

  /// As many histories as asked for that say something, with their verdicts.
  func forEach(
    _ count: Int, seed: Int, _ body: (Sample, Verdict, inout RandomHistories) throws -> Void
  ) throws {
    var random = RandomHistories(seed: seed)
    var drawn = 0
    while drawn < count {
      random.tightness = 0
      guard let sample = try draw(&random) else { continue }
      drawn += 1
      try body(sample, judge(sample.history, sample.facts), &random)
    }
  }
}
