// Exactly once under retry: each operation takes effect once, however often its client had to send it.
//
// Of lists, to which each operation appends a value of its own, every read tells which effects there are:
// one that is there more often than operations may have put it there was applied twice. Of counters, final
// reads that exceed all that was asked for tell the same of their sum.
// What was acknowledged must be there in the end. Retries are the client's own business: only their effect
// shows in a history. (Helland, "Life beyond Distributed Transactions", 2007, section 4; Redis Labs and
// Kafka both learned it from duplicates after a timeout.)

import Histories

/// Each operation takes effect once.
public struct ExactlyOnce: Checker {
  public static let name = "exactly-once"
  public static let aliases = ["idempotent"]
  public static let summary = "each operation takes effect once, however often it was sent"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let counters = CounterReads(history, facts, allSettled: true, onlyFinal: true)
    var findings = counters.findings
    var totals = Totals()
    let areMarked = FinalReads.areMarked(in: history)
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let rows = groups[group]
      let ledger = Ledger(history, rows)
      guard !ledger.entries.isEmpty else { continue }
      totals.operations += ledger.entries.reduce(0) { $0 + $1.acknowledged.count }
      for row in rows.lazy.map(Int.init)
      where history.functions[row] == .read && history.completions[row] == .ok {
        totals.reads += 1
        judge(history, row, ledger, &totals, &findings)
      }
      for read in FinalReads(history, rows, areMarked: areMarked).rows {
        judgeFinal(history, read, ledger, &totals, &findings)
      }
    }
    let judged = totals.reads + counters.judged
    return findings.verdict(
      Self.name, judged: judged, summary: judged == 0 ? "no effect was read" : totals.text,
      counts: totals.counts)
  }

  /// Effects that are there too often, or out of nowhere.
  private func judge(
    _ history: History, _ read: Int, _ ledger: Ledger, _ totals: inout Totals,
    _ findings: inout Findings
  ) {
    let sorted = history.list(of: read).sorted()
    var start = 0
    for next in 1...max(1, sorted.count) where start < sorted.count {
      guard next == sorted.count || sorted[next] != sorted[start] else { continue }
      let (value, times) = (sorted[start], next - start)
      start = next
      let entry = ledger[value]
      let attempts = entry?.attempts ?? []
      guard times > attempts.count else { continue }
      guard !attempts.isEmpty else {
        let failed = entry?.failed.map { [$0] } ?? []
        findings.add(
          anomaly(
            history, failed.isEmpty ? "phantom-effect" : "failed-but-visible", failed + [read],
            failed.isEmpty ? "nobody asked for \(value)" : "\(value) failed, yet it is there"))
        continue
      }
      guard totals.doubled.insert(attempts[0]).inserted else { continue }
      findings.add(
        anomaly(
          history, "applied-twice", attempts + [read],
          "\(value) was asked for \(count(attempts.count, "time")) and is there "
            + "\(count(times, "time"))"))
    }
  }

  /// Acknowledged operations without effect.
  private func judgeFinal(
    _ history: History, _ read: Int, _ ledger: Ledger, _ totals: inout Totals,
    _ findings: inout Findings
  ) {
    let present = Set(history.list(of: read))
    for entry in ledger.entries where !present.contains(entry.value) {
      let lost = entry.acknowledged.first { history.returns[$0] < history.calls[read] }
      guard let lost, totals.lost.insert(lost).inserted else { continue }
      findings.add(
        anomaly(
          history, "never-applied", [lost, read],
          "\(entry.value) was acknowledged, yet it is not there"))
    }
  }

  private func anomaly(
    _ history: History, _ name: String, _ rows: [Int], _ reason: String
  ) -> Anomaly {
    Anomaly(
      name: name, rows: rows.sorted(), explanation: rows.sorted().map(history.story) + [reason])
  }
}

private struct Totals {
  var operations = 0
  var reads = 0
  /// Operations that took effect twice, and that took none; each counted once, whatever reads show it.
  var doubled: Set<Int> = []
  var lost: Set<Int> = []

  var counts: [Count] {
    [
      Count("acknowledged", operations), Count("applied-twice", doubled.count),
      Count("never-applied", lost.count),
    ]
  }

  var text: String {
    "applied twice \(doubled.count), never applied \(lost.count) of "
      + count(operations, "acknowledged operation")
  }
}

/// The operations on one list, by the value that each appends.
private struct Ledger {
  struct Entry {
    let value: Value
    /// Appends that may have happened, and those acknowledged.
    var attempts: [Int] = []
    var acknowledged: [Int] = []
    var failed: Int?
  }
  private(set) var entries: [Entry] = []
  private var places: [Value: Int] = [:]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init)
    where history.functions[row] == .append && history.shapes[row] == .scalar {
      let value = history.values[row]
      let place = places[value] ?? entries.count
      if place == entries.count {
        places[value] = place
        entries.append(Entry(value: value))
      }
      switch history.completions[row] {
      case .ok:
        entries[place].attempts.append(row)
        entries[place].acknowledged.append(row)
      case .info: entries[place].attempts.append(row)
      case .fail: entries[place].failed = row
      }
    }
  }

  subscript(value: Value) -> Entry? { places[value].map { entries[$0] } }
}
