// Acknowledged writes that are gone. Convergence is not correctness: last-writer-wins converges
// perfectly to a value that forgot what it had promised to keep.
//
// Registers: an acknowledged write is lost if every final value of its key was written by something
// that had returned before the write was called: then the write was not overwritten, it was undone. It
// is lost, too, if the key ends empty. Where versions are known it is lost also if the final version is
// older than its own. A value written by several writes counts as the one that ended last.
// Sets: an acknowledged insert is lost if a final read misses the element and every remove of it that
// may have happened was over before the insert was called.
// So each is certain: whoever overwrote a write in time leaves it not lost, only overwritten.

import Histories

/// No acknowledged write is lost.
public struct NoLostWrites: Checker {
  public static let name = "no-lost-writes"
  public static let aliases = ["no-lost-acknowledged-writes", "durable"]
  public static let summary = "what was acknowledged is still there at the end"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    let losses = LostWrites(history, facts, budget)
    var findings = Findings()
    for loss in losses.all { findings.add(losses.anomaly(loss)) }
    return findings.verdict(
      Self.name, judged: losses.judged,
      unknown: losses.unjudged == 0
        ? nil
        : "time limit reached: none of \(count(losses.judged, "acknowledged write")) was lost as far as "
          + "looked; \(count(losses.unjudged, "final read")) not judged",
      summary: losses.judged == 0
        ? "no final reads of keys with acknowledged writes"
        : "\(count(losses.judged, "acknowledged write")) not lost")
  }
}

/// The acknowledged writes that a history lost: a measure as well as a verdict.
public struct LostWrites: Sendable {
  /// A write that is gone and a final read that shows it.
  struct Loss: Equatable {
    var write: Int
    var read: Int
    /// The row of the write that the read returned instead; -1: nothing.
    var instead: Int
  }

  private let history: History
  private let facts: Facts
  private(set) var all: [Loss] = []
  /// How many acknowledged writes could be judged, because their keys were read at the end.
  public private(set) var judged = 0
  /// How many final reads of sets were not looked at any more, because time was up.
  private(set) var unjudged = 0

  /// - Parameter budget: its deadline counts.
  public init(_ whole: History, _ facts: Facts = Facts(), _ budget: Budget = Budget()) {
    let history = whole.hasTransactions ? whole.singleSteps : whole
    self.history = history
    self.facts = facts
    let areMarked = FinalReads.areMarked(in: history)
    let groups = KeyRows(history)
    for group in 0..<groups.count {
      let final = FinalReads(history, groups[group], areMarked: areMarked).rows
      guard !final.isEmpty else { continue }
      switch groups.kinds[group] {
      case .register: judgeRegister(groups[group], final)
      case .set: judgeSet(groups[group], final, budget)
      default: break
      }
    }
    all.sort { $0.write < $1.write }
  }

  /// The rows of the writes that were lost, in ascending order.
  public var rows: [Int] { all.map { history.origin(of: $0.write) } }

  /// The rows of the writes that a history lost.
  public static func rows(in history: History, _ facts: Facts = Facts()) -> [Int] {
    LostWrites(history, facts).rows
  }

  private mutating func judgeRegister(_ rows: ArraySlice<Int32>, _ final: [Int]) {
    let ends = ValueEnds(history, rows)
    var latest = (end: Int64.min, write: -1)
    var shown = final[0]
    var version: Version? = .initial
    for read in final {
      for value in history.valuesSeen(by: read) {
        guard let found = ends[value] else {
          // Nobody wrote it; what it displaced, nobody can say.
          if value != facts.initial { (latest, shown) = ((History.never, -1), read) }
          continue
        }
        if found.end >= latest.end { (latest, shown) = (found, read) }
      }
      // Any one read of unknown version leaves all writes in doubt.
      let seen = versionSeen(by: read, ends)
      version = seen.flatMap { seen in version.map { max($0, seen) } }
    }
    let firstCall = final.reduce(Int64.max) { min($0, history.calls[$1]) }
    for row in rows.lazy.map(Int.init) where history.completions[row] == .ok {
      guard history.functions[row] != .read, history.returns[row] < firstCall else { continue }
      judged += 1
      let isOlder = history.version(of: row).flatMap { own in version.map { $0 < own } } ?? false
      if latest.end < history.calls[row] || isOlder {
        all.append(Loss(write: row, read: shown, instead: latest.write))
      }
    }
  }

  /// The version that a final read saw: its own, or that of the write of its value.
  private func versionSeen(by read: Int, _ ends: ValueEnds) -> Version? {
    if let version = history.version(of: read) { return version }
    switch history.seen(by: read) {
    case .nothing: return .initial
    case .value(let value):
      return value == facts.initial
        ? .initial : ends[value].flatMap { history.version(of: $0.write) }
    case .several: return nil
    }
  }

  private mutating func judgeSet(
    _ rows: ArraySlice<Int32>, _ final: [Int], _ budget: Budget
  ) {
    let elements = SetElements(history, rows)
    judged += elements.lives.reduce(0) { $0 + ($1.inserted.isEmpty ? 0 : 1) }
    var isCounted: Set<Int> = []
    for read in final {
      guard !budget.isLate else {
        unjudged += 1
        continue
      }
      for insert in elements.lost(in: read, history)
      where isCounted.insert(insert).inserted {
        all.append(Loss(write: insert, read: read, instead: -1))
      }
    }
  }

  func anomaly(_ loss: Loss) -> Anomaly {
    let rows = [loss.write, loss.read] + (loss.instead >= 0 ? [loss.instead] : [])
    let lost = history.origin(of: loss.write)
    let reason =
      loss.instead >= 0
      ? "row \(lost) was acknowledged, and at the end the older row "
        + "\(history.origin(of: loss.instead)) is there"
      : "row \(lost) was acknowledged, and at the end it is not there"
    return Anomaly(
      name: "lost-write", rows: rows.sorted().map(history.origin),
      explanation: rows.sorted().map(history.story) + [reason])
  }
}

/// For each value of a register, which of its writes was over last, and when.
struct ValueEnds {
  private var ends: [Value: (end: Int64, write: Int)] = [:]

  init(_ history: History, _ rows: ArraySlice<Int32>) {
    for row in rows.lazy.map(Int.init) where history.completions[row] != .fail {
      guard let value = history.writtenValue(of: row) else { continue }
      let end = history.end(of: row)
      if let known = ends[value], known.end >= end { continue }
      ends[value] = (end, row)
    }
  }

  subscript(value: Value) -> (end: Int64, write: Int)? { ends[value] }
}
