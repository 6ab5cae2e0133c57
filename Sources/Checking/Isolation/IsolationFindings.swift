// Anomalies as they are found: each kind counted, the first few rendered with their transactions by name,
// in the manner of Elle: Let T1 = ..., T2 = ... Then T1 < T2, because ...; however, T2 < T1, because ...:
// a contradiction.

import Histories

struct IsolationFindings {
  /// All anomalies of one name.
  struct Group {
    var name: String
    var count: Int
    var kept: [Anomaly]
  }

  /// Transactions that show in which order others came.
  struct Evidence {
    var nodes: [Int]
    /// What they show, from their names.
    var sentence: ([String]) -> String
  }

  private let transactions: Transactions
  private(set) var groups: [Group] = []
  /// How many witnesses of each name are kept.
  private static let kept = 3

  init(_ transactions: Transactions) { self.transactions = transactions }

  /// The names of all that was found.
  var names: [String] { groups.map(\.name) }

  /// Adds an anomaly of some transactions; they and the sentence are only asked for if it is kept.
  mutating func add(
    _ name: String, _ nodes: @autoclosure () -> [Int], _ sentence: ([String]) -> String
  ) {
    add(name, nodes(), restingOn: []) { [sentence($0)] }
  }

  /// The same with several sentences, and the links that they tell.
  /// - Parameter evidence: What it rests on beside its transactions; told before them.
  mutating func add(
    _ name: String, _ nodes: @autoclosure () -> [Int],
    restingOn evidence: @autoclosure () -> [Evidence],
    links: [Anomaly.Link] = [], _ sentences: ([String]) -> [String]
  ) {
    var place = groups.firstIndex { $0.name == name } ?? groups.count
    if place == groups.count { groups.append(Group(name: name, count: 0, kept: [])) }
    place = min(place, groups.count - 1)
    groups[place].count += 1
    guard groups[place].kept.count < IsolationFindings.kept else { return }
    let (own, evidence) = (nodes(), evidence())
    var distinct: [Int] = []
    for node in own + evidence.flatMap(\.nodes) where !distinct.contains(node) {
      distinct.append(node)
    }
    func called(_ node: Int) -> String { "T\((distinct.firstIndex(of: node) ?? 0) + 1)" }
    let lets = distinct.map { "Let \(called($0)) = \(describe($0))" }
    let told = evidence.map { $0.sentence($0.nodes.map(called)) }
    groups[place].kept.append(
      Anomaly(
        name: name,
        rows: distinct.map { transactions.history.origin(of: Int(transactions.rows[$0])) },
        explanation: lets + told + sentences(own.map(called)), links: links))
  }

  /// Adds an anomaly that is rendered already.
  mutating func add(_ name: String, _ anomaly: Anomaly) {
    groups.append(Group(name: name, count: 1, kept: [anomaly]))
  }

  /// Adds a cycle, each edge with its reason.
  /// - Parameter evidence: What its edges rest on beside the transactions of the cycle.
  mutating func add(
    _ cycle: DependencyCycle, evidence: (DependencyCycle) -> [Evidence],
    _ reason: (CycleLink, String, String) -> String?
  ) {
    let history = transactions.history
    let rows = transactions.rows
    let links = cycle.links.map {
      Anomaly.Link(
        before: Int(rows[$0.source]), after: Int(rows[$0.target]), reason: $0.kind.name)
    }
    add(cycle.name, cycle.links.map(\.source), restingOn: evidence(cycle), links: links) { names in
      cycle.links.indices.map { place in
        let link = cycle.links[place]
        let isLast = place == cycle.links.count - 1
        let (source, target) = (names[place], names[isLast ? 0 : place + 1])
        let (before, after) = (Int(rows[link.source]), Int(rows[link.target]))
        let why: String
        if link.kind == .process {
          why = "process \(history.processes[before]) did \(source) before \(target)"
        } else if link.kind == .realtime {
          why =
            "\(source) had returned at \(history.time(history.returns[before])) before "
            + "\(target) was called at \(history.time(history.calls[after]))"
        } else {
          why = reason(link, source, target) ?? "\(target) depends on \(source)"
        }
        return "\(isLast ? "However, " : "Then ")\(source) < \(target), because \(why)"
          + (isLast ? ": a contradiction" : "")
      }
    }
  }

  /// "process 3: append x 1, read y [1] (row 12)".
  private func describe(_ node: Int) -> String {
    let history = transactions.history
    let row = Int(transactions.rows[node])
    let steps = history.steps(of: row).map(history.deed)
    let end =
      switch history.completions[row] {
      case .ok: ""
      case .fail: ", which failed"
      case .info: ", with unknown outcome"
      }
    let what = steps.isEmpty ? "nothing" : steps.joined(separator: ", ")
    return "process \(history.processes[row]): \(what) (row \(history.origin(of: row)))\(end)"
  }
}
