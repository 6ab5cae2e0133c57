// The four session guarantees of Terry, Demers, Petersen, Spreitzer, Theimer and Welch, "Session
// Guarantees for Weakly Consistent Replicated Data", 1994, section 3, for each register alone (a
// register shows which write won, not which writes a server knows).
//
// White box: the history knows each write's version, so each pair of one session is compared.
// Black box: a violation is reported only if it is certain. Each guarantee, if it held, would order
// some writes: after writing a a session read b, so a came before b. If those orders form a cycle, or
// the initial value comes after a write, then the guarantee was broken whatever the true order is:
// black box violated implies white box violated. The reverse is not true.
//
// Monotonic writes and writes-follow-reads order writes of single sessions, which never contradict each
// other without somebody who watches. A session that reads b and then a shows that either its own
// monotonic reads or the order of the writes is broken, but not which. So these two alone are unknown in
// that case, and `session-guarantees`, which is all four together, is violated for certain.

import Histories

/// Which guarantees to judge.
struct Guarantees: OptionSet {
  let rawValue: Int
  static let readYourWrites = Guarantees(rawValue: 1)
  static let monotonicReads = Guarantees(rawValue: 2)
  static let monotonicWrites = Guarantees(rawValue: 4)
  static let writesFollowReads = Guarantees(rawValue: 8)
  static let all: Guarantees = [
    .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads,
  ]
}

/// A session never misses a write that it made.
public struct ReadYourWrites: Checker {
  public static let name = "read-your-writes"
  public static let aliases = ["read-my-writes"]
  public static let summary = "a session sees its own writes"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    SessionJudge(Self.name, .readYourWrites, history, facts).verdict()
  }
}

/// A session never misses a write that it has seen.
public struct MonotonicReads: Checker {
  public static let name = "monotonic-reads"
  public static let summary = "a session never sees an older value after a newer one"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    SessionJudge(Self.name, .monotonicReads, history, facts).verdict()
  }
}

/// The writes of a session take effect in its order.
public struct MonotonicWrites: Checker {
  public static let name = "monotonic-writes"
  public static let summary = "the writes of a session take effect in its order"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    SessionJudge(Self.name, .monotonicWrites, history, facts).verdict()
  }
}

/// A session's writes take effect after the writes that it had seen.
public struct WritesFollowReads: Checker {
  public static let name = "writes-follow-reads"
  public static let aliases = ["session-causality"]
  public static let summary = "a session's writes come after what it had read"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    SessionJudge(Self.name, .writesFollowReads, history, facts).verdict()
  }
}

/// All four at once, register by register.
public struct SessionGuarantees: Checker {
  public static let name = "session-guarantees"
  public static let summary = "all four session guarantees, register by register"
  public init() {}
  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    SessionJudge(Self.name, .all, history, facts).verdict()
  }
}

/// Judges some of the guarantees on all registers of a history.
struct SessionJudge {
  let name: String
  let guarantees: Guarantees
  let history: History
  let facts: Facts
  private var findings = Findings()
  private var judged = 0
  private var unknown: String?
  /// How far back the worst step was, by versions and by time since the session knew better.
  private var worst = (versions: 0, time: Int64(0))

  init(_ name: String, _ guarantees: Guarantees, _ history: History, _ facts: Facts) {
    self.name = name
    self.guarantees = guarantees
    self.history = history
    self.facts = facts
  }

  func verdict() -> Verdict {
    var copy = self
    let groups = KeyRows(history)
    for group in groups.groups(.register) {
      let steps = SessionSteps(history, groups[group], facts)
      let before = copy.findings.count
      if history.hasVersions { copy.compare(steps, groups[group]) }
      // Where a version is missing, what clients saw may still tell.
      if steps.lacksVersions, copy.findings.count == before { copy.infer(steps, groups[group]) }
    }
    let box = history.hasVersions ? "by true versions" : "as far as clients can tell"
    return copy.findings.verdict(
      name, judged: copy.judged, unknown: copy.unknown,
      summary: copy.judged == 0
        ? "no session took two such steps on one register"
        : copy.figures + ", \(box)",
      counts: copy.judged == 0 ? [] : copy.counts)
  }

  /// How many of the pairs were out of order, and how far.
  private var figures: String {
    let share =
      "\(findings.count) of \(count(judged, "pair")) of steps out of order (\(percent(findings.count, of: judged)))"
    guard worst.versions > 0 else { return share }
    return
      "\(share), at worst \(count(worst.versions, "version")) back and \(history.duration(worst.time)) after "
      + "the session knew better"
  }

  private var counts: [Count] {
    [
      Count("pairs", judged), Count("violations", findings.count),
      Count("worst-versions", worst.versions), Count("worst-time", worst.time),
    ]
  }

  /// White box: compares each step with the latest version that the session must not fall behind.
  private mutating func compare(_ steps: SessionSteps, _ rows: ArraySlice<Int32>) {
    let history = history
    let versions = rows.map(Int.init).filter { history.writtenValue(of: $0) != nil }
      .compactMap { history.version(of: $0) }.sorted()
    for session in steps.sessions {
      var written: SessionStep?
      var read: SessionStep?
      for step in session {
        guard let version = step.version else { continue }
        judge(step, version, written, step.isWrite ? .monotonicWrites : .readYourWrites, versions)
        judge(step, version, read, step.isWrite ? .writesFollowReads : .monotonicReads, versions)
        if step.isWrite {
          if version > written?.version ?? .initial { written = step }
        } else if version > read?.version ?? .initial {
          read = step
        }
      }
    }
  }

  private mutating func judge(
    _ step: SessionStep, _ version: Version, _ earlier: SessionStep?, _ guarantee: Guarantees,
    _ versions: [Version]
  ) {
    guard guarantees.contains(guarantee), let earlier, let floor = earlier.version else { return }
    judged += 1
    let readItsFuture = step.isWrite && earlier.write == step.row && guarantee == .writesFollowReads
    guard version < floor || readItsFuture else { return }
    let back = firstIndex(in: versions, above: floor) - firstIndex(in: versions, above: version)
    worst.versions = max(worst.versions, back)
    worst.time = max(worst.time, history.calls[step.row] &- history.returns[earlier.row])
    let rows = [earlier.row, step.row] + (step.write.map { $0 == step.row ? [] : [$0] } ?? [])
    findings.add(
      Anomaly(
        name: SessionJudge.anomaly(guarantee), rows: rows.sorted(),
        explanation: rows.sorted().map(history.story) + [
          "row \(step.row) has an older version than row \(earlier.row) of the same session"
        ]))
  }

  static func anomaly(_ guarantee: Guarantees) -> String {
    switch guarantee {
    case .readYourWrites: "missed-own-write"
    case .monotonicReads: "read-went-back"
    case .monotonicWrites: "writes-out-of-order"
    case .writesFollowReads: "write-before-its-cause"
    default: "session-cycle"
    }
  }

  /// Black box: looks for cycles in the order that the guarantees would require.
  private mutating func infer(_ steps: SessionSteps, _ rows: ArraySlice<Int32>) {
    var orders = SessionOrders(history, rows, steps, guarantees)
    judged += orders.pairs
    for (guarantee, earlier, later) in orders.emptyReads {
      let rows = Set(earlier + [later]).sorted()
      findings.add(
        Anomaly(
          name: SessionJudge.anomaly(guarantee), rows: rows,
          explanation: rows.map(history.story) + [
            "row \(later) saw the initial value, which the session knew was gone"
          ]))
    }
    for cycle in orders.graph.cycles() {
      let shown = anomaly(cycle, orders, steps, guarantees)
      findings.add(shown)
    }
    // Only a watcher can show that two sessions' writes are out of order; see the top of the file.
    guard guarantees.isSubset(of: [.monotonicWrites, .writesFollowReads]), !history.hasVersions,
      unknown == nil
    else { return }
    let watchers = SessionOrders(history, rows, steps, .monotonicReads)
    orders = SessionOrders(history, rows, steps, guarantees.union(.monotonicReads))
    // Where monotonic reads are broken for certain, watchers say nothing about writes.
    guard watchers.graph.cycles().isEmpty, let cycle = orders.graph.cycles().first else { return }
    let shown = anomaly(cycle, orders, steps, guarantees)
    unknown =
      "\(name) or monotonic-reads is broken, clients can not tell which: "
      + shown.explanation.joined(separator: "; ")
  }

  private func anomaly(
    _ cycle: [OrderGraph.Link], _ orders: SessionOrders, _ steps: SessionSteps,
    _ guarantees: Guarantees
  ) -> Anomaly {
    let writes = cycle.compactMap { orders.write(of: $0.source) }
    let causes = cycle.filter { $0.row >= 0 }.flatMap { link in
      [link.row, steps.read(of: orders.write(of: link.source), before: link.row) ?? link.row]
    }
    let rows = Set(writes + causes).sorted()
    let values = (writes + writes.prefix(1)).map { String(history.values[$0]) }
    return Anomaly(
      name: SessionJudge.anomaly(guarantees), rows: rows,
      explanation: rows.map(history.story) + [
        "the order of the writes would be \(values.joined(separator: ", ")): a circle"
      ])
  }
}
