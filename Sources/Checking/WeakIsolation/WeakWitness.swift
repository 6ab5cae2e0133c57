// A cycle of the commit order in words: the transactions, then one sentence for each step of the cycle
// with its reason. Edges carry no reasons, so that there may be millions of them: the reader that made
// one necessary is found again here.

import Histories

struct WeakWitness {
  private let history: History
  private let table: TransactionTable
  private let graph: CommitGraph
  private let model: WeakModel

  init(
    _ history: History, _ table: TransactionTable, _ graph: CommitGraph, _ model: WeakModel
  ) {
    self.history = history
    self.table = table
    self.graph = graph
    self.model = model
  }

  /// The shortest cycle of the graph.
  func anomaly() -> Anomaly {
    let cycle = graph.shortestCycle()
    var members: [Int] = []
    func add(_ transaction: Int) {
      if !members.contains(transaction) { members.append(transaction) }
    }
    for step in cycle { add(step.source) }
    var reasons: [CommitGraphReason] = []
    for step in cycle {
      let reason = reason(step)
      reasons.append(reason)
      if let reader = reason.reader { add(reader) }
      for between in reason.path { add(between.source) }
    }
    // Named in the order of the rows.
    members.sort { table.rows[$0] < table.rows[$1] }
    let sentences = zip(cycle, reasons).map { sentence($0, $1, members) }
    let lines = members.enumerated().map {
      "T\($0 + 1) is \(history.transactionStory(Int(table.rows[$1])))"
    }
    let isCircular = cycle.allSatisfy { $0.reason != .model }
    return Anomaly(
      name: isCircular ? "G1c" : cycleName, rows: members.map { Int(table.rows[$0]) },
      explanation: lines + sentences + ["a circle: no transaction of it can commit first"],
      links: cycle.map {
        Anomaly.Link(
          before: Int(table.rows[$0.source]), after: Int(table.rows[$0.target]),
          reason: $0.reason.word)
      })
  }

  /// A read of the initial state by a transaction that knew of a write.
  func missedWrite(_ missed: (reader: Int, key: Int32, writer: Int32)) -> Anomaly {
    let writer = Int(missed.writer)
    let path = graph.path(from: writer, to: missed.reader)
    let members = (path.map(\.source) + [missed.reader])
      .sorted { table.rows[$0] < table.rows[$1] }
    func name(_ transaction: Int) -> String {
      "T\((members.firstIndex(of: transaction) ?? -1) + 1)"
    }
    let key = history.name(of: table.keys[Int(missed.key)])
    let lines = members.enumerated().map {
      "T\($0 + 1) is \(history.transactionStory(Int(table.rows[$1])))"
    }
    let links = path.map { link in knew(link, name) }.joined(separator: ", ")
    let reason =
      "\(name(missed.reader)) knew of \(name(writer)), which wrote \(key), and yet found \(key) never written "
      + "(\(links))"
    return Anomaly(
      name: cycleName, rows: members.map { Int(table.rows[$0]) },
      explanation: lines + [reason])
  }

  private func knew(_ link: CommitStep, _ name: (Int) -> String) -> String {
    link.reason == .reads
      ? "\(name(link.target)) read from \(name(link.source))"
      : "\(name(link.target)) follows \(name(link.source)) in its session"
  }

  private var cycleName: String {
    switch model {
    case .readCommitted: "non-monotonic-read"
    case .readAtomic: "fractured-read"
    case .causal: "causality-violation"
    }
  }

  private struct CommitGraphReason {
    var reader: Int?
    var key: Int32 = 0
    var path: [CommitStep] = []
  }

  /// For an edge of the model: who read which key from its target and knew of its source, and how.
  private func reason(_ step: CommitStep) -> CommitGraphReason {
    guard step.reason == .model else { return CommitGraphReason() }
    let written = Array(table.writes(step.source))
    var best: CommitGraphReason?
    for reader in 0..<table.count where reader != step.source {
      for read in table.reads(reader) {
        let key = table.readKeys[read]
        guard Int(table.readWriters[read]) == step.target,
          written[firstIndex(in: written, notBelow: key)...].first == key
        else { continue }
        let path = knowledge(of: step.source, reader, read)
        guard !path.isEmpty, path.count < best?.path.count ?? .max else { continue }
        best = CommitGraphReason(reader: reader, key: key, path: path)
      }
    }
    return best ?? CommitGraphReason()
  }

  /// How a reader knew of a transaction when it made one of its reads; empty if it did not.
  private func knowledge(of source: Int, _ reader: Int, _ read: Int) -> [CommitStep] {
    let reads = table.reads(reader)
    let didRead = CommitStep(source: source, target: reader, reason: .reads)
    switch model {
    case .readCommitted:
      let earlier = reads.lowerBound..<read
      return earlier.contains { Int(table.readWriters[$0]) == source } ? [didRead] : []
    case .readAtomic:
      if reads.contains(where: { Int(table.readWriters[$0]) == source }) { return [didRead] }
      let isBefore = source < reader && table.sessions[source] == table.sessions[reader]
      return isBefore ? [CommitStep(source: source, target: reader, reason: .session)] : []
    case .causal:
      return graph.path(from: source, to: reader)
    }
  }

  private func sentence(
    _ step: CommitStep, _ reason: CommitGraphReason, _ members: [Int]
  ) -> String {
    func name(_ transaction: Int) -> String {
      "T\((members.firstIndex(of: transaction) ?? -1) + 1)"
    }
    let (first, second) = (name(step.source), name(step.target))
    let claim = "\(first) < \(second): "
    switch step.reason {
    case .session: return claim + "\(second) comes later in the same session"
    case .reads: return claim + "\(second) read from \(first)"
    case .model:
      guard let reader = reason.reader else { return claim + "the model requires it" }
      let key = history.name(of: table.keys[Int(reason.key)])
      let how = reason.path.map { knew($0, name) }
      return claim
        + "\(name(reader)) read \(key) from \(second), although it knew of \(first), which "
        + "wrote \(key) too (\(how.joined(separator: ", ")))"
    }
  }
}
