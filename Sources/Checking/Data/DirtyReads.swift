// Dirty reads: somebody saw what never came to be. After Jepsen's dirty-read workload for Elasticsearch and
// CrateDB: a record that a read returned and the final reads miss was never committed.
//
//   failed-but-visible  a read sees a value although all that wrote it failed
//   dirty-read          a read saw a value that is gone in the end, though nobody removed it: an element
//                       that all final reads miss, or a register all of whose final values were written by
//                       something that was over before the value's write was called: the write was undone
//
// Whether the write was acknowledged does not matter: `no-lost-writes` asks that. Transactions are taken apart:
// of one that failed nothing may be seen, and of one whose writes are undone nothing was to be.

import Histories

/// What was read had happened, and stays so.
public struct NoDirtyReads: Checker {
  public static let name = "no-dirty-reads"
  public static let aliases = ["dirty-read", "dirty-reads", "failed-but-visible"]
  public static let summary = "no read sees what failed, or what was undone later"

  public init() {}

  public func check(_ whole: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let history = whole.hasTransactions ? whole.singleSteps : whole
    var screening = Screening(history, facts)
    let groups = KeyRows(history)
    let areMarked = FinalReads.areMarked(in: history)
    for group in 0..<groups.count {
      let rows = groups[group]
      let final = FinalReads(history, rows, areMarked: areMarked).rows
      switch groups.kinds[group] {
      case .register: screening.judgeRegister(rows, final)
      case .set: screening.judgeElements(rows, final)
      case .other where rows.contains(where: { history.functions[Int($0)] == .append }):
        screening.judgeElements(rows, final)
      default: break
      }
    }
    return screening.verdict(Self.name)
  }
}

private struct Screening {
  private let history: History
  private let facts: Facts
  private var findings = Findings()
  private var judged = 0
  private var failed = 0
  private var dirty = 0

  init(_ history: History, _ facts: Facts) {
    self.history = history
    self.facts = facts
  }

  mutating func judgeRegister(_ rows: ArraySlice<Int32>, _ final: [Int]) {
    let writes = WriteIndex(history, rows)
    let failures = WriteIndex(history, rows, failed: true)
    let last = lastEnd(of: final, ValueEnds(history, rows))
    for read in reads(rows) {
      for value in history.valuesSeen(by: read) where value != facts.initial {
        judged += 1
        guard let write = writes.row(of: value) else {
          if let failure = failures.row(of: value) { noteFailed(failure, read, value) }
          continue
        }
        // The first write of the value: if even that was called later, so were the others.
        guard let last, last.end < history.calls[write] else { continue }
        noteDirty([write, read] + last.rows, value)
      }
    }
  }

  /// When the writes of all final values were over, and the rows that show it; nil without final reads, or
  /// if nobody can say.
  private func lastEnd(of final: [Int], _ ends: ValueEnds) -> (end: Int64, rows: [Int])? {
    guard let first = final.first else { return nil }
    var last: (end: Int64, rows: [Int]) = (.min, [first])
    for read in final {
      for value in history.valuesSeen(by: read) where value != facts.initial {
        guard let found = ends[value] else { return nil }
        if found.end >= last.end { last = (found.end, [found.write, read]) }
      }
    }
    return last
  }

  mutating func judgeElements(_ rows: ArraySlice<Int32>, _ final: [Int]) {
    let origins = Origins(history, rows)
    var inFinal: Set<Value> = []
    for read in final { inFinal.formUnion(history.list(of: read)) }
    let firstFinal = final.min { history.calls[$0] < history.calls[$1] }
    for read in reads(rows) {
      for value in history.list(of: read) {
        judged += 1
        guard let origin = origins.done[value] else {
          if let failure = origins.failed[value] { noteFailed(failure, read, value) }
          continue
        }
        guard let firstFinal, history.returns[read] < history.calls[firstFinal],
          !inFinal.contains(value), !origins.removed.contains(value)
        else { continue }
        noteDirty([origin, read, firstFinal], value)
      }
    }
  }

  private func reads(_ rows: ArraySlice<Int32>) -> [Int] {
    rows.map(Int.init).filter {
      history.functions[$0] == .read && history.completions[$0] == .ok
    }
  }

  private mutating func noteFailed(_ failure: Int, _ read: Int, _ value: Value) {
    failed += 1
    add("failed-but-visible", [failure, read], "\(value) failed, yet it was read")
  }

  private mutating func noteDirty(_ rows: [Int], _ value: Value) {
    dirty += 1
    add("dirty-read", rows, "\(value) was read, and in the end it has never been")
  }

  private mutating func add(_ name: String, _ witness: [Int], _ reason: String) {
    var told: [Int] = []
    for row in witness.sorted() where row != told.last { told.append(row) }
    let history = history
    var rows: [Int] = []
    for row in told.map(history.origin) where row != rows.last { rows.append(row) }
    findings.add(
      Anomaly(name: name, rows: rows, explanation: told.map(history.story) + [reason]))
  }

  func verdict(_ checker: String) -> Verdict {
    findings.verdict(
      checker, judged: judged,
      summary: judged == 0
        ? "no value was read"
        : "failed but visible \(failed), dirty \(dirty) of \(count(judged, "value")) read",
      counts: [Count("read", judged), Count("failed-but-visible", failed), Count("dirty", dirty)])
  }
}

/// Which operation put an element there; looked up, never iterated.
private struct Origins {
  private(set) var done: [Value: Int] = [:]
  private(set) var failed: [Value: Int] = [:]
  private(set) var removed: Set<Value> = []

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init) where history.shapes[row] == .scalar {
      let value = history.values[row]
      switch (history.functions[row], history.completions[row]) {
      case (.insert, .fail), (.append, .fail): failed[value] = row
      case (.insert, _), (.append, _): if done[value] == nil { done[value] = row }
      case (.remove, .ok), (.remove, .info): removed.insert(value)
      default: break
      }
    }
  }
}
