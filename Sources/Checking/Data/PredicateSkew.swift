// G2 with predicates: two transactions each find that no row of a key is there, and each inserts one. In any
// serial order the second would have found the row of the first. Adya, "Weak Consistency", 1999, section 4.2.2 (G2:
// anti-dependency cycles); the workload is Jepsen's (jepsen.tests.adya, G2): for each key clients insert under
// the condition that nobody has, and at most one may succeed.
//
// Inserts that are rows of their own were made under that condition, as Jepsen records them. A transaction tells
// what it saw before it inserted: two must not each have seen nothing where the other inserted.

import Histories

/// Of inserts that only succeed where nothing is, one succeeds for each key.
public struct PredicateSkew: Checker {
  public static let name = "g2"
  public static let aliases = ["G2", "adya", "predicate-skew"]
  public static let summary = "of conditional inserts of a key at most one succeeds"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let groups = KeyRows(history)
    var findings = Findings()
    var judged = 0
    for group in 0..<groups.count {
      let inserts = groups[group].map(Int.init).filter { history.functions[$0] == .insert }
      let succeeded = inserts.filter { history.completions[$0] == .ok }
      if inserts.count > 1 { judged += 1 }
      guard succeeded.count > 1 else { continue }
      findings.add(
        Anomaly(
          name: "G2", rows: Array(succeeded.prefix(2)),
          explanation: succeeded.prefix(2).map(history.story) + [
            "both found nothing under key \(history.name(of: groups.keys[group])) and inserted: one of "
              + "them did not see the other, whichever came first"
          ]))
    }
    let looks = Looks(history)
    judged += looks.judged
    for (one, two) in looks.skewed {
      findings.add(
        Anomaly(
          name: "G2", rows: [one, two],
          explanation: [one, two].map(history.transactionStory) + [
            "each saw nothing where the other inserted: one of them did not see the other, whichever "
              + "came first"
          ]))
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no two inserts of one key"
        : "\(count(judged, looks.judged > 0 ? "look" : "key")) with at most one insert")
  }
}

/// Transactions that looked before they inserted. Only where nothing is ever removed does a later look see what
/// was inserted.
private struct Looks {
  private struct Look {
    var row: Int
    /// The keys of which it saw that nothing was there, before it inserted there itself.
    var empty: Set<Key> = []
    var inserted: Set<Key> = []
  }

  /// How many transactions looked where somebody else inserted or wanted to.
  private(set) var judged = 0
  /// Two that each saw nothing where the other inserted; each but the first told with the first such.
  private(set) var skewed: [(Int, Int)] = []

  init(_ history: History) {
    var looks: [Look] = []
    var inserters: [Key: [Int]] = [:]
    var attempts: [Key: Int] = [:]
    var removed: Set<Key> = []
    for row in 0..<history.count {
      let steps = history.steps(of: row)
      for step in steps where step.function == .remove { removed.insert(step.key) }
      var look = Look(row: row)
      for step in steps {
        if step.function == .insert {
          look.inserted.insert(step.key)
        } else if step.function == .read, history.completions[row] == .ok {
          let sawNothing = step.shape == .none || step.shape == .list && step.extra == 0
          if sawNothing, !look.inserted.contains(step.key) { look.empty.insert(step.key) }
        }
      }
      for key in look.inserted { attempts[key, default: 0] += 1 }
      guard history.completions[row] == .ok, !look.inserted.isEmpty else { continue }
      if !look.empty.isEmpty {
        for key in look.inserted.sorted() { inserters[key, default: []].append(looks.count) }
      }
      looks.append(look)
    }
    for place in looks.indices {
      let look = looks[place]
      let isContested = history.steps(of: look.row).contains { step in
        step.function == .read && !removed.contains(step.key)
          && attempts[step.key, default: 0] > (look.inserted.contains(step.key) ? 1 : 0)
      }
      if isContested { judged += 1 }
      let others = look.empty.subtracting(removed).sorted().flatMap { inserters[$0, default: []] }
      let other = others.first { other in
        other < place
          && !looks[other].empty.subtracting(removed).isDisjoint(with: look.inserted)
      }
      if let other { skewed.append((looks[other].row, look.row)) }
    }
  }
}
