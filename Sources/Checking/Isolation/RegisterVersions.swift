// The order of the versions of registers, from one assumption after another. Edges of real time are
// reduced: a version leads only to those that the next transactions on its key saw, as many as run at
// once.

import Histories

/// What may be assumed about the order of a register's versions.
public struct VersionAssumptions: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// Within a transaction, what is written to a key comes after what was read of it.
  public static let writesFollowReads = VersionAssumptions(rawValue: 1)
  /// Each process sees the versions of a key in order.
  public static let sequential = VersionAssumptions(rawValue: 2)
  /// Each key is linearizable by itself.
  public static let linearizable = VersionAssumptions(rawValue: 4)
}

/// Which versions come before which.
struct VersionOrder {
  private(set) var graph: DependencyGraph
  /// The assumptions that hold, as kinds of edges.
  private(set) var kinds: EdgeKinds = []

  private static let initial = EdgeKinds.ww
  private static let told = EdgeKinds.pass
  private static let follows = EdgeKinds.wr
  private static let sequential = EdgeKinds.process
  private static let linearizable = EdgeKinds.realtime

  init(
    _ register: Register, _ assumptions: VersionAssumptions,
    _ findings: inout IsolationFindings
  ) {
    var edges = EdgeList()
    for version in register.keyCount..<max(register.keyCount, register.versionCount) {
      // Only what somebody saw, or may have left behind.
      edges.add(Int(register.key(version)), version, VersionOrder.initial)
    }
    var steps: [(EdgeKinds, String)] = [(VersionOrder.initial, "")]
    if register.transactions.history.hasVersions {
      steps.append((VersionOrder.told, "the versions that the database told"))
      VersionOrder.addTold(register, &edges)
    }
    if assumptions.contains(.writesFollowReads) {
      steps.append((VersionOrder.follows, "writes following reads in each transaction"))
      for access in register.accesses where access.read >= 0 && access.write >= 0 {
        guard access.read != access.write else { continue }
        edges.add(Int(access.read), Int(access.write), VersionOrder.follows)
      }
    }
    if assumptions.contains(.sequential) {
      steps.append((VersionOrder.sequential, "each process seeing each key in order"))
      VersionOrder.addSequential(register, &edges)
    }
    if assumptions.contains(.linearizable) {
      steps.append((VersionOrder.linearizable, "each key being linearizable"))
      VersionOrder.addLinearizable(register, &edges)
    }
    graph = DependencyGraph(
      edges, weights: [UInt8](repeating: 1, count: register.versionCount))
    for (kind, name) in steps {
      let parts = Components(graph, kinds.union(kind))
      guard parts.hasCycle else {
        kinds.formUnion(kind)
        continue
      }
      report(register, parts, kinds.union(kind), name, &findings)
    }
  }

  /// The versions right after one.
  func successors(_ version: Int) -> [Int] {
    graph.edges(of: version).filter { !kinds.isDisjoint(with: graph.kinds[$0]) }
      .map { Int(graph.targets[$0]) }
  }

  func isBefore(_ version: Int, _ other: Int) -> Bool {
    graph.edges(of: version).contains {
      Int(graph.targets[$0]) == other && !kinds.isDisjoint(with: graph.kinds[$0])
    }
  }

  /// Why a version comes before another.
  enum Ground {
    case first, follows, told, sequential, linearizable
  }

  /// Why a version comes right before another; of several reasons that which needs the least to be shown.
  /// - Parameter assumed: The assumptions to go by; those that hold.
  func ground(_ version: Int, _ other: Int, among assumed: EdgeKinds? = nil) -> Ground? {
    var all: EdgeKinds = []
    for edge in graph.edges(of: version) where Int(graph.targets[edge]) == other {
      all.formUnion(graph.kinds[edge].intersection(assumed ?? kinds))
    }
    if all.contains(VersionOrder.initial) { return .first }
    if all.contains(VersionOrder.follows) { return .follows }
    if all.contains(VersionOrder.told) { return .told }
    if all.contains(VersionOrder.sequential) { return .sequential }
    return all.contains(VersionOrder.linearizable) ? .linearizable : nil
  }

  /// From a version to one that comes later, each right before the next; nil if it does not.
  /// - Parameter ranks: those of `ranks()`.
  func path(_ version: Int, _ other: Int, _ ranks: [Int32]) -> [Int]? {
    if isBefore(version, other) { return [version, other] }
    var open = [(version: version, from: version)]
    var origins: [Int: Int] = [:]
    while let next = open.popLast() {
      guard next.version == other || ranks[next.version] > ranks[other],
        origins[next.version] == nil
      else { continue }
      origins[next.version] = next.from
      if next.version == other { break }
      open += successors(next.version).map { (version: $0, from: next.version) }
    }
    guard var place = origins[other] else { return nil }
    var path = [other]
    while let last = path.last, last != version {
      path.append(place)
      place = origins[place] ?? version
    }
    return path.reversed()
  }

  /// A number for each version, smaller for those that come later.
  func ranks() -> [Int32] { Components(graph, kinds).number }

  private func report(
    _ register: Register, _ parts: Components, _ mask: EdgeKinds, _ assumption: String,
    _ findings: inout IsolationFindings
  ) {
    var starts: [(source: Int, edge: Int)] = []
    for node in 0..<graph.nodeCount where parts.isCyclic(node) {
      for edge in graph.edges(of: node)
      where !mask.isDisjoint(with: graph.kinds[edge])
        && parts.number[node] == parts.number[Int(graph.targets[edge])]
      {
        starts.append((node, edge))
      }
    }
    for hops in ShortestCycles(graph, parts, mask).shortest(through: starts) {
      let versions = hops.map(\.node)
      let circle = versions + versions.prefix(1)
      findings.add(
        "cyclic-versions", [], restingOn: register.evidence(along: circle, self, among: mask)
      ) { _ in
        [
          "given \(assumption), \(circle.map(register.describe).joined(separator: " < ")): "
            + "a contradiction"
        ]
      }
    }
  }

  private static func addTold(_ register: Register, _ edges: inout EdgeList) {
    let transactions = register.transactions
    let order = register.accesses.indices.filter { place in
      let row = Int(transactions.rows[Int(register.accesses[place].transaction)])
      return register.accesses[place].write >= 0 && transactions.history.version(of: row) != nil
    }
    func version(_ place: Int) -> Version {
      let row = Int(transactions.rows[Int(register.accesses[place].transaction)])
      return transactions.history.versions[row]
    }
    let sorted = order.sorted { left, right in
      let (one, two) = (register.accesses[left], register.accesses[right])
      if one.key != two.key { return one.key < two.key }
      let (first, second) = (version(left), version(right))
      return first != second ? first < second : left < right
    }
    for (left, right) in zip(sorted, sorted.dropFirst()) {
      let (one, two) = (register.accesses[left], register.accesses[right])
      guard one.key == two.key, version(left) < version(right) else { continue }
      edges.add(Int(one.write), Int(two.write), told)
    }
  }

  /// From what a transaction saw or wrote last to what a later one saw, or else wrote.
  private static func link(
    _ before: Register.Access, _ after: Register.Access, _ kind: EdgeKinds,
    _ edges: inout EdgeList
  ) {
    let last = before.write >= 0 ? before.write : before.read
    if after.read >= 0, last != after.read { edges.add(Int(last), Int(after.read), kind) }
    if after.write >= 0, last != after.write { edges.add(Int(last), Int(after.write), kind) }
  }

  private static func addSequential(_ register: Register, _ edges: inout EdgeList) {
    let transactions = register.transactions
    let history = transactions.history
    func row(_ access: Register.Access) -> Int {
      Int(transactions.rows[Int(access.transaction)])
    }
    let sorted = register.accesses.sorted { left, right in
      (left.key, history.processes[row(left)], left.transaction)
        < (right.key, history.processes[row(right)], right.transaction)
    }
    for (before, after) in zip(sorted, sorted.dropFirst()) where before.key == after.key {
      let (first, second) = (row(before), row(after))
      guard history.processes[first] == history.processes[second],
        history.returns[first] <= history.calls[second]
      else { continue }
      link(before, after, sequential, &edges)
    }
  }

  private static func addLinearizable(_ register: Register, _ edges: inout EdgeList) {
    let transactions = register.transactions
    let history = transactions.history
    func row(_ access: Register.Access) -> Int {
      Int(transactions.rows[Int(access.transaction)])
    }
    var rest = register.accesses.sorted { ($0.key, $0.transaction) < ($1.key, $1.transaction) }[...]
    while let first = rest.first {
      let group = Array(rest.prefix { $0.key == first.key })
      rest = rest.dropFirst(group.count)
      let ends = group.sorted { history.returns[row($0)] < history.returns[row($1)] }
      var ended = 0
      var frontier: [Register.Access] = []
      var latestCall = Int64.min
      for access in group {
        let call = history.calls[row(access)]
        while ended < ends.count, history.returns[row(ends[ended])] < call {
          latestCall = max(latestCall, history.calls[row(ends[ended])])
          frontier.append(ends[ended])
          ended += 1
        }
        frontier.removeAll { history.returns[row($0)] < latestCall }
        for before in frontier { link(before, access, linearizable, &edges) }
      }
    }
  }
}
