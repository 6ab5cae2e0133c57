// What clients do to the regions. A workload draws operations, knows what it starts from, which
// guarantees say something about it, and how to read everything at the end.

import Checking
import Histories
import Simulation

/// A kind of load. One file, and one line in the `Catalog`.
public protocol Workload: Sendable {
  /// The `kind` in a scenario.
  static var name: String { get }
  /// One line for `splitbrain list workloads`.
  static var summary: String { get }
  /// The guarantees that can be judged on it.
  static var guarantees: [Guarantee] { get }

  /// Reads its options.
  init(_ options: inout Options)

  /// What checkers must know besides the history.
  var facts: Facts { get }
  /// Promises of the strategy that its clients do without, by the way in which they ask.
  var forgoes: Set<Guarantee> { get }
}

extension Workload {
  public var forgoes: Set<Guarantee> { [] }
}

/// What the runner needs of a workload; inside this module, since intents are.
protocol IntentSource: Workload {
  /// What it asks that a strategy must offer, since there is no other way to do it: by name.
  var needs: [(name: String, operation: Operation)] { get }
  /// Requests to make before the first client starts, each until it succeeds.
  func setup(_ supports: (Operation) -> Bool) -> [Operation]
  /// What a client does next.
  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent
  /// What a client was told.
  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int)
  /// What of a client's failed, or is of unknown outcome.
  mutating func failed(_ intent: Intent, by client: Int)
  /// Reads of everything, made in each region after the run has quiesced.
  func finalReads(_ supports: (Operation) -> Bool) -> [Intent]
}

extension IntentSource {
  var needs: [(name: String, operation: Operation)] { [] }
  func setup(_ supports: (Operation) -> Bool) -> [Operation] { [] }
  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {}
  mutating func failed(_ intent: Intent, by client: Int) {}
}

/// How often each operation comes, as whole-number weights.
struct Mix: Sendable {
  private let names: [String]
  private let weights: [Int]
  private let sum: Int

  /// Reads `mix: {read: 50, write: 50}`; an operation that is left out does not occur.
  init(_ options: inout Options, _ fallback: [(String, Int)]) {
    names = fallback.map(\.0)
    let text = fallback.map { "\($0.0): \($0.1)" }.joined(separator: ", ")
    let about = "how often each operation comes, by weight; default {\(text)}"
    guard var section = options.section("mix", about) else {
      weights = fallback.map(\.1)
      sum = weights.reduce(0, +)
      return
    }
    var read: [Int] = []
    for name in names {
      read.append(section.integer(name, default: 0, in: 0...1_000_000, "weight of \(name)"))
    }
    section.finish()
    let total = read.reduce(0, +)
    if total == 0 { options.reject("mix", "mix: at least one operation needs a weight above 0") }
    weights = read
    sum = max(1, total)
  }

  /// Whether an operation occurs at all.
  func has(_ name: String) -> Bool {
    zip(names, weights).contains { $0 == name && $1 > 0 }
  }

  func draw(_ random: inout Random) -> String {
    var left = random.below(sum)
    for (name, weight) in zip(names, weights) {
      if left < weight { return name }
      left -= weight
    }
    return names[0]
  }
}

/// Which key an operation is about.
struct KeyChooser: Sendable {
  enum Distribution: String, CaseIterable, Sendable {
    case uniform
    /// The k-th key comes 1/k as often as the first (Zipf's law).
    case zipf
  }

  let count: Int
  /// Which keys somebody has tried to change: those worth reading at the end.
  private var changed: [Bool]
  /// Cumulative weights; empty for uniform.
  private let cumulative: [Int]

  init(_ options: inout Options, default fallback: Int) {
    count = options.integer("keys", default: fallback, in: 1...1_000_000, "how many keys")
    changed = Array(repeating: false, count: count)
    let distribution = options.choice(
      "distribution", default: Distribution.uniform, "which keys are asked for how often")
    var sum = 0
    cumulative =
      distribution == .uniform
      ? []
      : (1...count).map { rank in
        sum += 1_000_000_000 / rank
        return sum
      }
  }

  /// The keys that were to be changed; the first if there are none.
  var worthReading: [Key] {
    let keys = changed.indices.filter { changed[$0] }.map { Key($0) }
    return keys.isEmpty ? [0] : keys
  }

  /// A key, for an operation that changes it.
  mutating func drawToChange(_ random: inout Random) -> Key {
    let key = draw(&random)
    changed[Int(key)] = true
    return key
  }

  /// A key.
  func draw(_ random: inout Random) -> Key {
    guard let total = cumulative.last else { return Key(random.below(count)) }
    let point = random.below(total)
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] <= point { low = middle + 1 } else { high = middle }
    }
    return Key(low)
  }
}
