// Whether session order, reads-from and a model's edges have a cycle, and the one with the fewest
// transactions. Acyclicity is one pass that removes transactions with nothing before them (Kahn,
// "Topological Sorting of Large Networks", 1962); what stays holds all cycles. There the shortest is
// looked for breadth first, from each transaction in turn, with walks along one session counted as one
// step. The search has a budget; when it ends, the shortest cycle so far is the answer.

import Histories

/// Why one transaction comes before another.
enum CommitReason {
  case session, reads, model

  /// As drawings and JSON have it.
  var word: String {
    switch self {
    case .session: "process"
    case .reads: "wr"
    case .model: "commit order"
    }
  }
}

/// A step of a cycle.
struct CommitStep: Equatable {
  var source: Int
  var target: Int
  var reason: CommitReason
}

/// The graph of a model.
struct CommitGraph {
  private let table: TransactionTable
  private var readerStarts: [Int32]
  private var readers: [Int32]
  private var edgeStarts: [Int32]
  private var edgeTargets: [Int32]
  /// An order of all transactions; shorter than that if there is a cycle.
  private(set) var order: [Int32] = []
  private var waiting: [Int32]

  var hasCycle: Bool { order.count < table.count }

  init(_ table: TransactionTable, _ edges: [CommitEdge]) {
    self.table = table
    (readerStarts, readers) = CommitGraph.readers(table)
    edgeStarts = Array(repeating: 0, count: table.count + 1)
    for edge in edges { edgeStarts[Int(edge.source) + 1] += 1 }
    for node in 0..<table.count { edgeStarts[node + 1] += edgeStarts[node] }
    edgeTargets = Array(repeating: 0, count: edges.count)
    var next = edgeStarts
    for edge in edges {
      edgeTargets[Int(next[Int(edge.source)])] = edge.target
      next[Int(edge.source)] += 1
    }
    waiting = Array(repeating: 0, count: table.count)
    sort()
  }

  /// For each transaction those that read from it.
  private static func readers(_ table: TransactionTable) -> (starts: [Int32], readers: [Int32]) {
    var starts = [Int32](repeating: 0, count: table.count + 1)
    for writer in table.readWriters where writer >= 0 { starts[Int(writer) + 1] += 1 }
    for node in 0..<table.count { starts[node + 1] += starts[node] }
    var readers = [Int32](repeating: 0, count: Int(starts.last ?? 0))
    var next = starts
    for transaction in 0..<table.count {
      for read in table.reads(transaction) {
        let writer = Int(table.readWriters[read])
        guard writer >= 0 else { continue }
        readers[Int(next[writer])] = Int32(transaction)
        next[writer] += 1
      }
    }
    return (starts, readers)
  }

  private mutating func sort() {
    for target in readers { waiting[Int(target)] += 1 }
    for target in edgeTargets { waiting[Int(target)] += 1 }
    for node in 0..<table.count where follows(node) { waiting[node] += 1 }
    order.reserveCapacity(table.count)
    for node in 0..<table.count where waiting[node] == 0 { order.append(Int32(node)) }
    var next = 0
    while next < order.count {
      let node = Int(order[next])
      next += 1
      if let after = successor(node) { release(after) }
      for place in Int(readerStarts[node])..<Int(readerStarts[node + 1]) {
        release(Int(readers[place]))
      }
      for place in Int(edgeStarts[node])..<Int(edgeStarts[node + 1]) {
        release(Int(edgeTargets[place]))
      }
    }
  }

  private mutating func release(_ node: Int) {
    waiting[node] -= 1
    if waiting[node] == 0 { order.append(Int32(node)) }
  }

  private func follows(_ node: Int) -> Bool {
    node > 0 && table.sessions[node - 1] == table.sessions[node]
  }

  /// The next transaction of the session.
  private func successor(_ node: Int) -> Int? {
    node + 1 < table.count && follows(node + 1) ? node + 1 : nil
  }

  /// The cycle with the fewest transactions, as far as the budget of visits goes.
  func shortestCycle(visits budget: Int = 20_000_000) -> [CommitStep] {
    var visits = budget
    var best: [CommitStep] = []
    // Twice a transaction: entered by a read or a model's edge, or along its session.
    var arrival = [Int32](repeating: -1, count: 2 * table.count)
    for start in 0..<table.count where waiting[start] > 0 {
      var touched: [Int] = []
      let cycle = cycle(through: start, below: best.isEmpty ? .max : best.count, &arrival, &touched)
      if let cycle { best = cycle }
      for place in touched { arrival[place] = -1 }
      visits -= touched.count
      if best.count == 2 || (visits < 0 && !best.isEmpty) { break }
    }
    return best
  }

  /// The shortest cycle that enters a transaction other than along its session, if below a length. Steps
  /// along a session after the first are free: they go on in the same round.
  private func cycle(
    through start: Int, below limit: Int, _ arrival: inout [Int32], _ touched: inout [Int]
  ) -> [CommitStep]? {
    var round = [2 * start]
    var length = 0
    while !round.isEmpty, length + 1 < limit {
      length += 1
      var next: [Int] = []
      for place in round {
        let node = place / 2
        if place % 2 == 0 {
          var from = place
          var at = node
          while let after = successor(at), waiting[after] > 0, arrival[2 * after + 1] < 0 {
            arrival[2 * after + 1] = Int32(from)
            touched.append(2 * after + 1)
            next.append(2 * after + 1)
            (from, at) = (2 * after + 1, after)
          }
        }
        let targets = [
          readers[Int(readerStarts[node])..<Int(readerStarts[node + 1])],
          edgeTargets[Int(edgeStarts[node])..<Int(edgeStarts[node + 1])],
        ]
        for target in targets.joined().lazy.map(Int.init) where waiting[target] > 0 {
          guard arrival[2 * target] < 0 else { continue }
          arrival[2 * target] = Int32(place)
          touched.append(2 * target)
          if target == start { return trace(back: start, arrival) }
          next.append(2 * target)
        }
      }
      round = next
    }
    return nil
  }

  private func trace(back start: Int, _ arrival: [Int32]) -> [CommitStep] {
    var steps: [CommitStep] = []
    var place = 2 * start
    repeat {
      let before = Int(arrival[place])
      let (source, target) = (before / 2, place / 2)
      if place % 2 == 1, let last = steps.last, last.reason == .session, last.source == target {
        steps[steps.count - 1].source = source
      } else {
        let reason: CommitReason =
          place % 2 == 1 ? .session : isRead(source, target) ? .reads : .model
        steps.append(CommitStep(source: source, target: target, reason: reason))
      }
      place = before
    } while place != 2 * start
    return steps.reversed()
  }

  private func isRead(_ source: Int, _ target: Int) -> Bool {
    readers[Int(readerStarts[source])..<Int(readerStarts[source + 1])].contains(Int32(target))
  }

  /// The transactions that happened before another ends, with how each is known: by session or reads.
  func path(from source: Int, to target: Int) -> [CommitStep] {
    var arrival = [Int32](repeating: -1, count: table.count)
    var queue = [source]
    var next = 0
    while next < queue.count, arrival[target] < 0 {
      let node = queue[next]
      next += 1
      var targets = readers[Int(readerStarts[node])..<Int(readerStarts[node + 1])].map(Int.init)
      if let after = successor(node) { targets.append(after) }
      for after in targets where arrival[after] < 0 && after != source {
        arrival[after] = Int32(node)
        queue.append(after)
      }
    }
    guard arrival[target] >= 0 else { return [] }
    var steps: [CommitStep] = []
    var node = target
    while node != source {
      let before = Int(arrival[node])
      let reason: CommitReason = isRead(before, node) ? .reads : .session
      steps.append(CommitStep(source: before, target: node, reason: reason))
      node = before
    }
    return steps.reversed()
  }
}
