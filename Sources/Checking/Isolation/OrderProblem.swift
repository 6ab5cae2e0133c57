// One question to a polygraph, made small: what is certain, as a graph for the question's condition, and the
// pairs of versions that stay open. A pair whose one order would close a cycle with what is certain must be
// ordered the other way, which makes more edges certain; this is repeated until nothing changes. Mostly
// nothing is left to search: Tan et al., "Cobra: Making Transactional Key-Value Stores Verifiably
// Serializable", 2020, section 3.3; Huang et al., "Efficient Black-box Checking of Snapshot Isolation in
// Databases", 2023, section 4.3.

import Histories

/// A pair of versions of one key ordered in one way: twice the pair's number, plus one if the second comes
/// first.
typealias OrderLiteral = Int32

struct OrderProblem {
  /// What is known about a question.
  enum Answer: Equatable {
    case holds, violated
    case unknown(String)
  }

  let polygraph: Polygraph
  let question: OrderQuestion
  private(set) var pairs: [(one: Int32, two: Int32)] = []
  /// What is certain, between layers of nodes.
  private(set) var graph: DependencyGraph
  /// The nodes of the graph so that its edges lead forward.
  private(set) var order: [Int32] = []
  /// The edges of kind rw that nothing may lead back over, if the condition is of that kind.
  private(set) var watched: [(source: Int32, target: Int32)] = []
  private(set) var budget: Budget
  private var edges = EdgeList()
  private var visible: Reachability?
  private static let mostPairs = 3_000_000
  private static let mostBytes = 256_000_000

  private init(_ polygraph: Polygraph, _ question: OrderQuestion, _ budget: Budget) {
    self.polygraph = polygraph
    self.question = question
    self.budget = budget
    graph = DependencyGraph(EdgeList(), weights: [])
    let counts = question.orders.union(.data)
    let all = polygraph.edges
    for place in 0..<all.count where !counts.isDisjoint(with: all.kinds[place]) {
      let (source, target) = (all.sources[place], all.targets[place])
      if question.condition.watchesOverwrites, all.kinds[place] == .rw {
        watched.append((source, target))
      } else {
        question.condition.place(Int(source), Int(target), all.kinds[place]) {
          edges.add($0, $1, all.kinds[place])
        }
      }
    }
  }

  /// Decides a question, within a budget.
  static func answer(
    _ polygraph: Polygraph, _ question: OrderQuestion, _ budget: Budget
  ) -> Answer {
    var problem = OrderProblem(polygraph, question, budget)
    return problem.answer()
  }

  private mutating func answer() -> Answer {
    guard arrange() else { return .violated }
    if agreesWithOrder() { return .holds }
    let nodes = polygraph.nodeCount * question.condition.layers
    guard polygraph.pairCount <= OrderProblem.mostPairs else {
      return .unknown("\(polygraph.pairCount) pairs of writes could be ordered either way")
    }
    guard Reachability.bytes(nodes) <= OrderProblem.mostBytes else {
      return .unknown("\(polygraph.nodeCount) transactions are too many to try orders of writes")
    }
    pairs = polygraph.pairs()
    guard let isPossible = prune() else { return .unknown(OrderProblem.exhausted) }
    guard isPossible else { return .violated }
    // What causes what does not change with the order of writes.
    if question.condition == .causal || question.condition == .atomic { return .holds }
    var search = OrderSearch(self)
    return search.run()
  }

  static let exhausted = "the budget ended before all orders of writes were tried"

  /// Puts the nodes in order; false if there is a cycle.
  private mutating func arrange() -> Bool {
    let layers = question.condition.layers
    let count = polygraph.nodeCount * layers
    graph = DependencyGraph(edges, weights: [UInt8](repeating: 0, count: count))
    guard let found = graph.topologicalOrder({ polygraph.ranks[$0 / layers] }) else {
      return false
    }
    order = found
    return true
  }

  /// Whether the versions of each key may simply be taken in the order of their writers.
  private func agreesWithOrder() -> Bool {
    let condition = question.condition
    guard !condition.watchesOverwrites else { return false }
    var places = [Int32](repeating: 0, count: order.count)
    for (place, node) in order.enumerated() { places[Int(node)] = Int32(place) }
    var more = edges
    for group in polygraph.groups {
      let sorted = group.sorted { left, right in
        let (one, two) = (polygraph.writers[Int(left)], polygraph.writers[Int(right)])
        return places[Int(one) * condition.layers] < places[Int(two) * condition.layers]
      }
      for (one, two) in zip(sorted, sorted.dropFirst()) {
        polygraph.consequences(one, before: two) { source, target, kind in
          condition.place(source, target, kind) { more.add($0, $1, kind) }
        }
      }
    }
    return DependencyGraph(more, weights: graph.weights).topologicalOrder { _ in 0 } != nil
  }

  /// The edges that a literal stands for, between layers; those of kind rw apart if they are watched.
  func consequences(
    _ literal: OrderLiteral, _ body: (_ source: Int, _ target: Int, _ isWatched: Bool) -> Void
  ) {
    let pair = pairs[Int(literal / 2)]
    let (one, two) = literal % 2 == 0 ? (pair.one, pair.two) : (pair.two, pair.one)
    polygraph.consequences(one, before: two) { source, target, kind in
      if kind == .rw, question.condition.watchesOverwrites {
        body(source, target, true)
      } else {
        question.condition.place(source, target, kind) { body($0, $1, false) }
      }
    }
  }

  /// Orders all pairs that can be ordered in one way only. False if some can not be ordered at all; nil
  /// if the budget ended.
  private mutating func prune() -> Bool? {
    if question.condition == .causal || question.condition == .atomic {
      let reads = Reachability(reads: graph, order, closed: question.condition == .causal)
      visible = reads
      guard spend(reads.work / 16) else { return nil }
    }
    while true {
      let reach = Reachability(graph, order)
      guard spend(reach.work / 16 + pairs.count) else { return nil }
      let seen = visible ?? reach
      for edge in watched where seen.leads(Int(edge.target), Int(edge.source)) { return false }
      var open: [(one: Int32, two: Int32)] = []
      let before = pairs.count
      for pair in pairs.indices {
        let literal = Int32(2 * pair)
        let (isFirst, isSecond) = (
          isPossible(literal, reach, seen), isPossible(literal + 1, reach, seen)
        )
        guard isFirst || isSecond else { return false }
        if isFirst, isSecond {
          open.append(pairs[pair])
        } else {
          settle(isFirst ? literal : literal + 1, reach)
        }
      }
      pairs = open
      guard arrange() else { return false }
      if open.count == before { return true }
    }
  }

  private func isPossible(
    _ literal: OrderLiteral, _ reach: Reachability, _ seen: Reachability
  ) -> Bool {
    var isPossible = true
    consequences(literal) { source, target, isWatched in
      if (isWatched ? seen : reach).leads(target, source) { isPossible = false }
    }
    return isPossible
  }

  private mutating func settle(_ literal: OrderLiteral, _ reach: Reachability) {
    var added: [(Int, Int, Bool)] = []
    consequences(literal) { added.append(($0, $1, $2)) }
    for (source, target, isWatched) in added {
      if isWatched {
        if visible == nil { watched.append((Int32(source), Int32(target))) }
      } else if !reach.leads(source, target) {
        edges.add(source, target, .ww)
      }
    }
  }

  private mutating func spend(_ steps: Int) -> Bool {
    budget.steps -= steps
    return budget.steps >= 0 && budget.deadline?() != true
  }
}

extension Polygraph {
  /// What follows from one version coming before another of its key.
  func consequences(
    _ one: Int32, before two: Int32, _ body: (Int, Int, EdgeKinds) -> Void
  ) {
    let target = writers[Int(two)]
    if writers[Int(one)] != target { body(Int(writers[Int(one)]), Int(target), .ww) }
    for reader in readers(of: one) where reader != target { body(Int(reader), Int(target), .rw) }
  }
}
