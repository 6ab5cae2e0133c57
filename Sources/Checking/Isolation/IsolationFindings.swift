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

  /// Adds an anomaly of some transactions; the sentence is only asked for if it is kept.
  mutating func add(_ name: String, _ nodes: [Int], _ sentence: ([String]) -> String) {
    add(name, nodes) { [sentence($0)] }
  }

  /// The same with several sentences, and the links that they tell.
  mutating func add(
    _ name: String, _ nodes: [Int], links: [Anomaly.Link] = [],
    _ sentences: ([String]) -> [String]
  ) {
    var place = groups.firstIndex { $0.name == name } ?? groups.count
    if place == groups.count { groups.append(Group(name: name, count: 0, kept: [])) }
    place = min(place, groups.count - 1)
    groups[place].count += 1
    guard groups[place].kept.count < IsolationFindings.kept else { return }
    var distinct: [Int] = []
    for node in nodes where !distinct.contains(node) { distinct.append(node) }
    let names = nodes.map { node in "T\((distinct.firstIndex(of: node) ?? 0) + 1)" }
    let lets = distinct.enumerated().map { "Let T\($0.offset + 1) = \(describe($0.element))" }
    groups[place].kept.append(
      Anomaly(
        name: name,
        rows: distinct.map { transactions.history.origin(of: Int(transactions.rows[$0])) },
        explanation: lets + sentences(names), links: links))
  }

  /// The same with what it rests on beside them, which is told first.
  mutating func add(
    _ name: String, _ nodes: [Int], _ evidence: [Evidence], links: [Anomaly.Link] = [],
    _ sentences: ([String]) -> [String]
  ) {
    add(name, nodes + evidence.flatMap(\.nodes), links: links) { (names: [String]) -> [String] in
      var others = names.dropFirst(nodes.count)
      let told = evidence.map { item in
        defer { others = others.dropFirst(item.nodes.count) }
        return item.sentence(Array(others.prefix(item.nodes.count)))
      }
      return told + sentences(names)
    }
  }

  /// Whether no more anomalies of a name are kept: what is only shown need not be looked for.
  func isFull(_ name: String) -> Bool {
    groups.first { $0.name == name }?.kept.count == IsolationFindings.kept
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
    let evidence = isFull(cycle.name) ? [] : evidence(cycle)
    let links = cycle.links.map {
      Anomaly.Link(
        before: Int(rows[$0.source]), after: Int(rows[$0.target]), reason: $0.kind.name)
    }
    add(cycle.name, cycle.links.map(\.source), evidence, links: links) { names in
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
