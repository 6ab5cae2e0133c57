// Long forks: two reads of the same keys each see a write that the other misses, so that they disagree on
// which write came first. Parallel snapshot isolation allows it; prefix, snapshot isolation and serializability do
// not. Sovran et al., "Transactional Storage for Geo-replicated Systems", 2011, section 3; the workload is
// Jepsen's (jepsen.tests.long-fork): each key is written once, reads read a group of keys in one transaction.
//
// Reads of one group must form a chain: whoever sees more sees all that others see. Sorted by how much they
// see, neighbours tell whether they do, for all pairs of reads, not only for those that were near in time.

import Histories

/// Reads agree on the order of writes.
public struct LongFork: Checker {
  public static let name = "long-fork"
  public static let aliases = ["no-long-fork"]
  public static let summary = "no two reads of the same keys each miss what the other saw"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var writers: [Key: Int] = [:]
    var sights: [Sight] = []
    for row in 0..<history.count where history.completions[row] != .fail {
      let steps = history.transactionSteps(of: row)
      for step in steps where step.function == .write {
        if writers.updateValue(row, forKey: step.key) != nil {
          return Verdict(
            checker: Self.name, judged: 0, anomalies: [],
            unknown: "key \(history.name(of: step.key)) is written twice: each must be written once"
          )
        }
      }
      if history.completions[row] == .ok, let sight = Sight(row, steps, facts) {
        sights.append(sight)
      }
    }
    sights.sort { left, right in
      if left.keys != right.keys { return left.keys.lexicographicallyPrecedes(right.keys) }
      if left.seen.count != right.seen.count { return left.seen.count < right.seen.count }
      return left.row < right.row
    }
    var findings = Findings()
    var judged = 0
    for (less, more) in zip(sights, sights.dropFirst()) where less.keys == more.keys {
      judged += 1
      guard let first = less.seen.first(where: { !more.seen.contains($0) }),
        let second = more.seen.first(where: { !less.seen.contains($0) })
      else { continue }
      findings.add(
        LongFork.anomaly(history, [less.row, more.row], [first, second], writers))
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no two reads of the same keys" : "\(count(judged, "pair")) of reads agree")
  }

  private static func anomaly(
    _ history: History, _ reads: [Int], _ keys: [Key], _ writers: [Key: Int]
  ) -> Anomaly {
    let names = keys.map { history.name(of: $0) }
    return Anomaly(
      name: "long-fork", rows: reads + keys.compactMap { writers[$0] },
      explanation: reads.map(history.transactionStory) + [
        "the first saw the write of key \(names[0]) and missed that of key \(names[1]), the second "
          + "the other way round: no order of the two writes explains both"
      ])
  }
}

/// What one transaction of reads alone saw.
private struct Sight {
  var row: Int
  /// All keys that it read, ascending.
  var keys: [Key]
  /// Those that were written already.
  var seen: [Key]

  init?(_ row: Int, _ steps: ArraySlice<Step>, _ facts: Facts) {
    guard steps.count > 1, steps.allSatisfy({ $0.function == .read }) else { return nil }
    self.row = row
    keys = steps.map(\.key).sorted()
    seen = steps.filter { $0.shape == .scalar && $0.value != facts.initial }.map(\.key).sorted()
  }
}
