// The session guarantees by their definitions: pairs of one session's steps, compared by version; or, where
// versions are not known, all orders of a key's writes, of which one must satisfy all pairs.

import Checking
import Histories

enum SessionMutant: CaseIterable {
  /// Takes all operations as one session.
  case oneSession
  /// Compares steps of different keys.
  case acrossKeys
  /// Only looks at neighbours.
  case neighboursOnly
}

/// Which pairs a guarantee is about: the kind of the earlier step, and of the later.
struct PairRule: Equatable {
  var earlierWrites: Bool
  var laterWrites: Bool

  static let all: [String: [PairRule]] = [
    "read-your-writes": [PairRule(earlierWrites: true, laterWrites: false)],
    "monotonic-reads": [PairRule(earlierWrites: false, laterWrites: false)],
    "monotonic-writes": [PairRule(earlierWrites: true, laterWrites: true)],
    "writes-follow-reads": [PairRule(earlierWrites: false, laterWrites: true)],
    "session-guarantees": [
      PairRule(earlierWrites: true, laterWrites: false),
      PairRule(earlierWrites: false, laterWrites: false),
      PairRule(earlierWrites: true, laterWrites: true),
      PairRule(earlierWrites: false, laterWrites: true),
    ],
  ]
}

struct BruteSessions {
  let entries: [Entry]
  let rules: [PairRule]
  var mutant: SessionMutant?
  /// Leaves reads of the initial value out.
  var skipsEmptyReads = false

  /// Whether all pairs are in order when writes have these places; reads have that of their value's
  /// write, the initial value is below all. Reads of what nobody wrote are left out.
  func holds(_ places: [Value: Int]) -> Bool {
    for (rule, earlier, later) in pairs() {
      guard let left = place(earlier, places), let right = place(later, places) else { continue }
      if right < left { return false }
      // A write can not follow from a read of itself.
      if right == left, !rule.earlierWrites, rule.laterWrites { return false }
    }
    return true
  }

  /// Whether some order of the writes satisfies all pairs.
  func someOrderHolds() -> Bool {
    for key in Set(entries.map(\.key)).sorted() {
      let own = BruteSessions(
        entries: entries.filter { $0.key == key }, rules: rules, mutant: mutant,
        skipsEmptyReads: skipsEmptyReads)
      let values = own.entries.filter { $0.function == .write && $0.completion != .fail }
        .map(\.value)
      if !orders(values).contains(where: { own.holds($0) }) { return false }
    }
    return true
  }

  func pairs() -> [(PairRule, Entry, Entry)] {
    var pairs: [(PairRule, Entry, Entry)] = []
    for (place, later) in entries.enumerated() where later.completion == .ok {
      for (before, earlier) in entries.enumerated().prefix(place) where earlier.completion == .ok {
        guard earlier.process == later.process || mutant == .oneSession else { continue }
        guard earlier.key == later.key || mutant == .acrossKeys else { continue }
        if mutant == .neighboursOnly, before + 1 < place { continue }
        for rule in rules
        where rule.earlierWrites == (earlier.function == .write)
          && rule.laterWrites == (later.function == .write)
        {
          pairs.append((rule, earlier, later))
        }
      }
    }
    return pairs
  }

  private func place(_ entry: Entry, _ places: [Value: Int]) -> Int? {
    if entry.function == .read, entry.shape == .none { return skipsEmptyReads ? nil : -1 }
    let isWritten = entries.contains {
      $0.function == .write && $0.completion != .fail && $0.value == entry.value
        && $0.key == entry.key
    }
    return isWritten ? places[entry.value] : nil
  }

  private func orders(_ values: [Value]) -> [[Value: Int]] {
    guard let last = values.last else { return [[:]] }
    var result: [[Value: Int]] = []
    for order in orders(Array(values.dropLast())) {
      for gap in 0..<values.count {
        var longer = order.mapValues { $0 >= gap ? $0 + 1 : $0 }
        longer[last] = gap
        result.append(longer)
      }
    }
    return result
  }
}
