// Linearizability of registers: is there one order of all operations, compatible with their real
// times, in which each read returns what was last written (Herlihy and Wing, "Linearizability: A
// Correctness Condition for Concurrent Objects", 1990)?
//
// Judged key by key, since the condition is local. Three steps for each key:
// 1. Screening: reads of values that nobody wrote, that only failed writes wrote, or that were
//    written later. One pass; whoever fails here needs no search.
// 2. Zones (Zones.swift) if all written values differ: exact, and as fast as sorting.
// 3. Search (Search.swift) otherwise: the problem is then NP-complete (Gibbons and Korach, "Testing
//    Shared Memories", 1997), so it has a budget.
//
// Where times touch, operations of different processes are concurrent, and those of one process are not: it
// knows in which order it did things (ProcessOrder.swift). Order between keys at one instant is not looked
// at; `sequential` judges it.
//
// Failed operations did not happen. Reads without answer say nothing. A write or compare-and-set of
// unknown outcome may take effect at any time after its call, or never.

import Histories

/// Registers behave as if there were one copy and one thing happened at a time.
public struct Linearizable: Checker {
  public static let name = "linearizable"
  public static let aliases = ["linearizability", "atomic-register"]
  public static let summary = "registers behave as one copy, in real time"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    if let verdict = checkByModel(history, facts, budget) { return verdict }
    return checkRegisters(history, facts, budget)
  }

  /// The verdict on all registers of a history.
  /// - Parameters:
  ///   - text: The strings that values stand for, where they do.
  ///   - findings: What is known to be wrong already.
  func checkRegisters(
    _ history: History, _ facts: Facts, _ budget: Budget, text: TextVersions? = nil,
    _ findings: Findings = Findings()
  ) -> Verdict {
    let groups = KeyRows(history)
    var findings = findings
    var judged = 0
    var open: [RegisterHistory] = []
    var notRegisters = 0
    for group in 0..<groups.count {
      guard groups.kinds[group] == .register else {
        notRegisters += 1
        continue
      }
      var register = RegisterHistory(history, groups[group], groups.keys[group], facts, text)
      judged += register.answers
      register.screen(&findings)
      if !register.needsSearch {
        register.judgeZones(&findings)
      } else if !register.isViolated {
        // A search would only find again what screening found already.
        open.append(register)
      }
    }
    let unknown = search(open, budget, &findings)
    var summary =
      judged == 0
      ? "no register answered anything"
      : "\(count(judged, "answer")) of registers \(judged == 1 ? "fits" : "fit") one order"
    if notRegisters > 0 {
      summary += "; \(count(notRegisters, "key")) not judged, being no register"
    }
    return findings.verdict(Self.name, judged: judged, unknown: unknown, summary: summary)
  }

  /// Whether all registers are certain to fit real time: all their written values differ, and zones find nothing.
  static func fitsZones(_ history: History, _ facts: Facts) -> Bool {
    let groups = KeyRows(history)
    return groups.groups(.register).allSatisfy { group in
      var findings = Findings()
      var register = RegisterHistory(history, groups[group], groups.keys[group], facts)
      guard !register.needsSearch else { return false }
      register.screen(&findings)
      if findings.count == 0 { register.judgeZones(&findings) }
      return findings.count == 0
    }
  }

  /// Searches for orders of registers; gives the reason if one is undecided.
  private func search(
    _ open: [RegisterHistory], _ budget: Budget, _ findings: inout Findings
  ) -> String? {
    var budget = budget
    var reasons = [String?](repeating: nil, count: open.count)
    budget.inRounds(open.count) { part, share in
      switch open[part].search(&share) {
      case .found:
        reasons[part] = nil
        return .holds
      case .none(let anomaly):
        findings.add(anomaly)
        return .violated
      case .gaveUp(let reason):
        reasons[part] = reason
        return .unknown
      }
    }
    return reasons.lazy.compactMap { $0 }.first
  }
}

/// The operations of one register that matter, in columns, in the order of their calls.
struct RegisterHistory {
  let history: History
  let facts: Facts
  let key: Key
  let index: WriteIndex
  let failed: WriteIndex
  let rows: ArraySlice<Int32>
  /// How many operations got an answer that could be wrong.
  private(set) var answers = 0
  private(set) var isViolated = false
  /// Whether some compare-and-set may have happened.
  private(set) var hasSwaps = false
  /// Whether zones do not apply.
  private(set) var needsSearch = false
  /// The strings that values stand for, where they do.
  let text: TextVersions?

  init(
    _ history: History, _ rows: ArraySlice<Int32>, _ key: Key, _ facts: Facts,
    _ text: TextVersions? = nil
  ) {
    self.text = text
    self.history = history
    self.facts = facts
    self.key = key
    self.rows = rows
    index = WriteIndex(history, rows)
    failed = WriteIndex(history, rows, failed: true)
    needsSearch = !index.isUnique || facts.initial.map { index.row(of: $0) != nil } ?? false
    for row in rows.lazy.map(Int.init) {
      switch (history.functions[row], history.completions[row]) {
      case (.read, .ok): answers += 1
      case (.compareAndSet, .ok):
        answers += 1
        hasSwaps = true
      case (.compareAndSet, .info): hasSwaps = true
      case (.compareAndSet, .fail) where facts.failedCompareAndSetObserves:
        answers += 1
        needsSearch = true
      default: break
      }
    }
  }

  /// Finds reads that no order can explain, looking at one read at a time.
  mutating func screen(_ findings: inout Findings) {
    let before = findings.count
    let earliest = needsSearch ? earliestCalls() : [:]
    for row in rows.lazy.map(Int.init) where history.completions[row] == .ok {
      let value: Value
      switch (history.functions[row], history.seen(by: row)) {
      case (.read, .several):
        let own = history.list(of: row).lazy.compactMap(index.row(of:)).first
        findings.add(
          anomaly(
            "siblings", (own.map { [$0] } ?? history.change(among: rows)) + [row],
            "a register holds one value, not several"))
        continue
      case (.read, .value(let seen)): value = seen
      case (.compareAndSet, _): value = history.extras[row]
      default: continue
      }
      guard value != facts.initial else { continue }
      guard let write = index.row(of: value) else {
        findings.add(unwritten(value, row))
        continue
      }
      let call = needsSearch ? earliest[value] ?? 0 : history.calls[write]
      if history.returns[row] < call || !needsSearch && history.precedes(row, write) {
        findings.add(anomaly("future-read", [row, write], "it was read before it was written"))
      }
    }
    isViolated = findings.count > before
  }

  /// For values written several times: when the first of these writes was called.
  private func earliestCalls() -> [Value: Int64] {
    var earliest: [Value: Int64] = [:]
    for row in rows.lazy.map(Int.init) where history.completions[row] != .fail {
      guard let value = history.writtenValue(of: row) else { continue }
      earliest[value] = min(earliest[value] ?? .max, history.calls[row])
    }
    return earliest
  }

  private func unwritten(_ value: Value, _ row: Int) -> Anomaly {
    if let write = failed.row(of: value) {
      return anomaly(
        "failed-but-visible", [write, row], "an operation that failed must not be seen")
    }
    return anomaly("phantom-read", [row], "nobody wrote \(name(of: value))")
  }

  /// An anomaly that tells its rows in turn and then why they are wrong.
  func anomaly(_ name: String, _ rows: [Int], _ reasons: String...) -> Anomaly {
    anomaly(name, rows, reasons)
  }

  func anomaly(_ name: String, _ rows: [Int], _ reasons: [String]) -> Anomaly {
    let rows = text?.withTellers(rows) ?? rows
    return Anomaly(name: name, rows: rows, explanation: rows.map(story) + reasons)
  }

  /// A row as a sentence.
  func story(_ row: Int) -> String { text?.history.modelStory(row) ?? history.story(row) }

  /// A value, for people.
  func name(of value: Value) -> String {
    text?.name(value) ?? history.name(ofValue: value)
  }
}
