// Isolation by trying all orders. Small random histories come from a serial database, from one with
// snapshot isolation, from one that only mostly behaves, and from pure chance; a reader that knows nothing
// of graphs tries every order of their transactions. Where nobody can see how the last appends of a key
// were ordered, trying all orders is how the truth is defined.

import Histories
import Testing

@testable import Checking

/// A transaction of a test history.
struct Deed {
  enum Part {
    case append(Int, Int64)
    case read(Int, [Int64])
  }
  var parts: [Part] = []
  var call: Int64 = 0
  var end: Int64 = 0
}

enum IsolationSamples {
  static func history(_ deeds: [Deed]) -> History {
    var history = History()
    for (process, deed) in deeds.enumerated().sorted(by: { $0.element.call < $1.element.call }) {
      var steps: [Step] = []
      for part in deed.parts {
        switch part {
        case .append(let key, let value):
          steps.append(
            Step(
              function: .append, key: Key(key), shape: .scalar, value: value))
        case .read(let key, let list):
          let stored = history.store(list)
          steps.append(
            Step(
              function: .read, key: Key(key), shape: .list, value: stored.value,
              extra: stored.extra))
        }
      }
      let stored = history.store(steps: steps)
      history.append(
        Entry(
          process: Int32(process), function: .transaction, key: 0, shape: .steps,
          value: stored.value, extra: stored.extra, call: deed.call,
          return: deed.end))
    }
    return history
  }

  /// Transactions whose reads come from a simulated database: 0 serial, 1 snapshots without a check of
  /// writes, 2 snapshots with one stale read now and then, 3 random prefixes.
  static func deeds(_ dice: inout SmallGenerator) -> [Deed] {
    let kind = dice.below(4)
    let count = 2 + dice.below(7)
    let keys = 1 + dice.below(3)
    var lists = [[Int64]](repeating: [], count: keys)
    var snapshots = [lists]
    var next: Int64 = 1
    var deeds: [Deed] = []
    for place in 0..<count {
      var view = lists
      if kind == 1 { view = snapshots[dice.below(snapshots.count)] }
      if kind == 2, dice.below(3) == 0 { view = snapshots[dice.below(snapshots.count)] }
      var deed = Deed()
      var own = [[Int64]](repeating: [], count: keys)
      for _ in 0..<(1 + dice.below(3)) {
        let key = dice.below(keys)
        if dice.below(2) == 0 {
          deed.parts.append(.append(key, next))
          own[key].append(next)
          next += 1
        } else if kind == 3 {
          let list = lists[key]
          deed.parts.append(.read(key, Array(list.prefix(dice.below(list.count + 1))) + own[key]))
        } else {
          deed.parts.append(.read(key, view[key] + own[key]))
        }
      }
      for key in 0..<keys { lists[key] += own[key] }
      snapshots.append(lists)
      let jitter = Int64(dice.below(12))
      deed.call = Int64(place) * 4 + jitter
      deed.end = deed.call + 1 + Int64(dice.below(8))
      deeds.append(deed)
    }
    return deeds
  }

  /// Whether some order of all transactions explains every read; in real time only orders that put what
  /// had returned before what was called.
  static func isSerializable(_ deeds: [Deed], realTime: Bool) -> Bool {
    let keys = 4
    func search(_ lists: [[Int64]], _ rest: [Int]) -> Bool {
      if rest.isEmpty { return true }
      for (place, choice) in rest.enumerated() {
        if realTime,
          rest.contains(where: { $0 != choice && deeds[$0].end < deeds[choice].call })
        {
          continue
        }
        var lists = lists
        var fits = true
        for part in deeds[choice].parts {
          switch part {
          case .append(let key, let value): lists[key].append(value)
          case .read(let key, let list): fits = fits && lists[key] == list
          }
        }
        guard fits else { continue }
        var others = rest
        others.remove(at: place)
        if search(lists, others) { return true }
      }
      return false
    }
    return search([[Int64]](repeating: [], count: keys), Array(deeds.indices))
  }
}

@Suite("Isolation against brute force")
struct IsolationBruteForceTests {
  @Test("serializable and strict-serializable")
  func serializability() throws {
    let serializable = try #require(IsolationModel.named("serializable"))
    let strict = try #require(IsolationModel.named("strict-serializable"))
    var dice = SmallGenerator(11)
    var violations = [0, 0]
    let samples = Twins.count(3_000)
    for sample in 0..<samples {
      let deeds = IsolationSamples.deeds(&dice)
      let analysis = IsolationAnalysis(IsolationSamples.history(deeds))
      for (place, model) in [serializable, strict].enumerated() {
        let truth = IsolationSamples.isSerializable(deeds, realTime: place == 1)
        let mine = !analysis.boundary.excludes(model)
        #expect(mine == truth, "sample \(sample) \(model.name): \(analysis.names) \(deeds)")
        violations[place] += truth ? 0 : 1
        if mine != truth { return }
      }
    }
    for count in violations {
      #expect(
        count > samples / 12 && count < samples * 5 / 6,
        "both verdicts must be well represented: \(count) of \(samples)")
    }
  }
}
