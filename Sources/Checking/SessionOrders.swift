// The order of one register's writes that session guarantees would require of a black-box history, as
// a graph. To keep it linear, "all writes of this session so far" and "all reads so far" are nodes of
// their own, each with an edge from the one before.

import Histories

/// What the guarantees require of the writes of one register.
struct SessionOrders {
  private(set) var graph: OrderGraph
  /// How many pairs of steps were compared.
  private(set) var pairs = 0
  /// Reads of the initial value after a write, or another read and the write that it saw.
  private(set) var emptyReads: [(guarantee: Guarantees, earlier: [Int], later: Int)] = []
  private let guarantees: Guarantees
  private let writes: [Int32]

  init(
    _ history: History, _ rows: ArraySlice<Int32>, _ steps: SessionSteps, _ guarantees: Guarantees
  ) {
    self.guarantees = guarantees
    writes = rows.filter { history.writtenValue(of: Int($0)) != nil }
    graph = OrderGraph(nodeRows: writes)
    for session in steps.sessions {
      if guarantees.contains(.readYourWrites) { readYourWrites(session) }
      if guarantees.contains(.monotonicReads) { monotonicReads(session) }
      if guarantees.contains(.monotonicWrites) { monotonicWrites(session) }
      if guarantees.contains(.writesFollowReads) { writesFollowReads(session) }
    }
  }

  /// The row of a node's write; nil for a node that only gathers others.
  func write(of node: Int) -> Int? { node < writes.count ? Int(writes[node]) : nil }

  private func node(_ row: Int) -> Int { firstIndex(in: writes, notBelow: Int32(row)) }

  /// All own writes so far come before the write that is read. A session that reads one own write, and then another
  /// that was there before, has closed a circle: one more edge tells, so that there are never more edges than
  /// steps.
  private mutating func readYourWrites(_ session: [SessionStep]) {
    var own: [Int] = []
    var gathered: [Int] = []
    var linked: [Int: Int] = [:]
    var last: (place: Int, writes: Int)?
    for step in session {
      if step.isWrite, let write = step.write {
        own.append(node(write))
        gathered.append(graph.addNode())
        let last = gathered.count - 1
        graph.addEdge(own[last], gathered[last], row: step.row)
        if last > 0 { graph.addEdge(gathered[last - 1], gathered[last]) }
        continue
      }
      guard !own.isEmpty else { continue }
      pairs += 1
      guard let write = step.write else {
        emptyReads.append((.readYourWrites, [Int(writes[own[0]])], step.row))
        continue
      }
      let seen = node(write)
      let place = firstIndex(in: own, notBelow: seen)
      guard place < own.count, own[place] == seen else {
        graph.addEdge(gathered[own.count - 1], seen, row: step.row)
        continue
      }
      if let last, place != last.place, place < last.writes {
        graph.addEdge(own[last.place], seen, row: step.row)
        continue
      }
      last = (place, own.count)
      // An own write: those before it through their gathering node, those after it one by one.
      if place > 0, linked[seen] == nil { graph.addEdge(gathered[place - 1], seen, row: step.row) }
      for later in max(linked[seen] ?? 0, place + 1)..<max(own.count, place + 1) {
        graph.addEdge(own[later], seen, row: step.row)
      }
      linked[seen] = own.count
    }
  }

  /// What was read comes before what is read next.
  private mutating func monotonicReads(_ session: [SessionStep]) {
    var last: SessionStep?
    for step in session where !step.isWrite {
      defer { if step.write != nil { last = step } }
      guard let last, let before = last.write else { continue }
      pairs += 1
      guard let write = step.write else {
        emptyReads.append((.monotonicReads, [before, last.row], step.row))
        continue
      }
      if write != before { graph.addEdge(node(before), node(write), row: step.row) }
    }
  }

  /// What was written comes before what is written next.
  private mutating func monotonicWrites(_ session: [SessionStep]) {
    var last: Int?
    for step in session where step.isWrite {
      guard let write = step.write else { continue }
      if let last {
        pairs += 1
        graph.addEdge(node(last), node(write), row: step.row)
      }
      last = write
    }
  }

  /// All that was read so far comes before what is written.
  private mutating func writesFollowReads(_ session: [SessionStep]) {
    var gathered: Int?
    var lastSeen: Int?
    for step in session {
      guard let write = step.write else { continue }
      if step.isWrite {
        guard let gathered else { continue }
        pairs += 1
        graph.addEdge(gathered, node(write), row: step.row)
      } else if write != lastSeen {
        let next = graph.addNode()
        if let gathered { graph.addEdge(gathered, next) }
        graph.addEdge(node(write), next, row: step.row)
        gathered = next
        lastSeen = write
      }
    }
  }
}
