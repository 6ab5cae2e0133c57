// Locks that nobody will give back: whoever had one released it, was told so, and in the end it is taken by
// him all the same. So it comes where an older value can win over a newer one, as in a last-writer-wins table
// whose clocks differ: the delete loses to the put that it deletes. Whoever waits for it waits for ever, or
// forces it open. Locks do not lapse here; one whose holder never released it is taken rightly.
//
// Needed are the numbers of holders: acquires and releases that say which, and reads of the lock at the end.

import Histories

/// No lock is still taken that was given back.
public struct NoOrphanedLocks: Checker {
  public static let name = "no-orphaned-locks"
  public static let summary =
    "in the end no lock is taken by who has given it back, or never got it"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    var findings = Findings()
    var judged = 0
    let groups = KeyRows(history)
    let areMarked = FinalReads.areMarked(in: history)
    for group in 0..<groups.count {
      let rows = groups[group]
      guard rows.contains(where: { history.functions[Int($0)] == .acquire }) else { continue }
      let finals = FinalReads(history, rows, areMarked: areMarked).rows
      judged += finals.count
      for read in finals where history.shapes[read] == .scalar {
        let holder = history.values[read]
        guard holder != facts.initial ?? 0 else { continue }
        if let witness = orphan(of: holder, in: read, history, rows) {
          findings.add(witness)
        }
      }
    }
    return findings.verdict(
      Self.name, judged: judged,
      summary: judged == 0
        ? "no lock was looked at in the end"
        : "orphaned \(findings.count) of \(count(judged, "final read")) of locks",
      counts: [Count("final-reads", judged), Count("orphaned", findings.count)])
  }

  /// Why nobody will give it back; nil: somebody may.
  private func orphan(
    of holder: Value, in read: Int, _ history: History, _ rows: ArraySlice<Int32>
  ) -> Anomaly? {
    let own = rows.map(Int.init).filter {
      history.values[$0] == holder && history.shapes[$0] == .scalar
    }
    let acquires = own.filter { history.functions[$0] == .acquire }
    let release = own.first {
      history.functions[$0] == .release && history.completions[$0] == .ok
        && history.returns[$0] <= history.calls[read]
    }
    if let release {
      let witness = Array(acquires.prefix(1)) + [release, read]
      return Anomaly(
        name: "resurrected-lock", rows: witness,
        explanation: witness.map(history.story) + [
          "it was given back, and is taken again by nobody"
        ])
    }
    // Who was never answered does not say which number he has.
    let mayHaveIt = rows.map(Int.init).contains {
      history.functions[$0] == .acquire && history.completions[$0] != .fail
        && (history.shapes[$0] == .none || history.values[$0] == holder)
    }
    guard !mayHaveIt else { return nil }
    let witness = Array(acquires.prefix(1)) + [read]
    return Anomaly(
      name: acquires.isEmpty ? "phantom-holder" : "failed-but-visible", rows: witness,
      explanation: witness.map(history.story) + ["nobody was told that it is his"])
  }
}
