// Tries orders of the pairs of versions that are still open. Conflict-driven clause learning: a pair is
// ordered as the graph happens to stand; if its edges close a cycle, the pairs that caused the cycle make a
// clause of which one must be otherwise, and the search goes back as far as that clause says. Marques-Silva
// and Sakallah, "GRASP: A Search Algorithm for Propositional Satisfiability", 1999; the graph is asked as a
// theory: Zhang et al., "Viper: A Fast Snapshot Isolation Checker", 2023, section 5, and PolySI. The pairs of the
// latest conflict are decided first (Ryan, "Efficient Algorithms for Clause-Learning SAT Solvers", 2004).

import Histories

struct OrderSearch {
  private let problem: OrderProblem
  /// What is left of it.
  private(set) var budget: Budget
  private var graph: GrowingOrder
  /// For each pair: -1 open, 0 the first comes first, 1 the second.
  private var values: [Int8]
  private var levels: [Int32]
  /// The clause that ordered a pair; -1: none did.
  private var reasons: [Int32]
  private var trail: [OrderLiteral] = []
  /// How many edges the graph had before each literal of the trail that it knows.
  private var marks: [Int] = []
  private var limits: [Int] = []
  private var propagated = 0
  private var clauses: [[OrderLiteral]] = []
  /// For each literal the clauses that watch it.
  private var watchers: [[Int32]]
  private var queue: RecentFirst

  init(_ problem: OrderProblem) {
    self.problem = problem
    budget = problem.budget
    graph = GrowingOrder(problem.graph, problem.order)
    let count = problem.pairs.count
    values = [Int8](repeating: -1, count: count)
    levels = [Int32](repeating: 0, count: count)
    reasons = [Int32](repeating: -1, count: count)
    watchers = [[Int32]](repeating: [], count: 2 * count)
    queue = RecentFirst(count)
  }

  /// Orders all pairs, or shows that they can not be.
  mutating func run() -> OrderProblem.Answer {
    var work = 0
    while true {
      budget.steps -= 1 + graph.work - work
      work = graph.work
      guard budget.steps >= 0 else { return .unknown(OrderProblem.exhausted) }
      if budget.steps & 255 == 0, budget.deadline?() == true {
        return .unknown(OrderProblem.exhausted)
      }
      var conflict = propagate()
      if conflict == nil, trail.count == values.count {
        if problem.question.condition.watchesOverwrites { conflict = overwriteSeen() }
        if conflict == nil { return .holds }
      }
      if let conflict {
        guard resolve(conflict) else { return .violated }
        continue
      }
      guard let pair = queue.next(where: { values[$0] < 0 }) else { continue }
      limits.append(trail.count)
      assign(preferred(pair), -1)
    }
  }

  private func isTrue(_ literal: OrderLiteral) -> Bool { values[Int(literal / 2)] == literal % 2 }

  private func isFalse(_ literal: OrderLiteral) -> Bool {
    let value = values[Int(literal / 2)]
    return value >= 0 && value != literal % 2
  }

  /// The order of a pair that agrees with where the graph has its writers.
  private func preferred(_ pair: Int) -> OrderLiteral {
    let layers = problem.question.condition.layers
    let (one, two) = problem.pairs[pair]
    let first = graph.places[Int(problem.polygraph.writers[Int(one)]) * layers]
    let second = graph.places[Int(problem.polygraph.writers[Int(two)]) * layers]
    return Int32(2 * pair) + (first < second ? 0 : 1)
  }

  private mutating func assign(_ literal: OrderLiteral, _ reason: Int32) {
    let pair = Int(literal / 2)
    values[pair] = Int8(literal % 2)
    levels[pair] = Int32(limits.count)
    reasons[pair] = reason
    trail.append(literal)
  }

  /// Follows clauses, then puts edges into the graph. Gives literals of which not all can be true, though
  /// they are.
  private mutating func propagate() -> [OrderLiteral]? {
    while true {
      while propagated < trail.count {
        let literal = trail[propagated]
        propagated += 1
        if let conflict = visit(literal ^ 1) { return conflict }
      }
      guard marks.count < trail.count else { return nil }
      let literal = trail[marks.count]
      marks.append(graph.edgeCount)
      var added: [(Int, Int)] = []
      problem.consequences(literal) { source, target, isWatched in
        if !isWatched { added.append((source, target)) }
      }
      for (source, target) in added {
        if let causes = graph.add(source, target, cause: literal) { return causes + [literal] }
      }
    }
  }

  /// A literal has become false: finds other literals for the clauses that watch it.
  private mutating func visit(_ literal: OrderLiteral) -> [OrderLiteral]? {
    var kept: [Int32] = []
    let all = watchers[Int(literal)]
    for (place, number) in all.enumerated() {
      let clause = Int(number)
      if clauses[clause][0] == literal { clauses[clause].swapAt(0, 1) }
      if isTrue(clauses[clause][0]) {
        kept.append(number)
        continue
      }
      if let other = clauses[clause].indices.dropFirst(2).first(where: {
        !isFalse(clauses[clause][$0])
      }) {
        clauses[clause].swapAt(1, other)
        watchers[Int(clauses[clause][1])].append(number)
        continue
      }
      kept.append(number)
      if isFalse(clauses[clause][0]) {
        watchers[Int(literal)] = kept + all[(place + 1)...]
        return clauses[clause].map { $0 ^ 1 }
      }
      assign(clauses[clause][0], number)
    }
    watchers[Int(literal)] = kept
    return nil
  }

  /// With all pairs ordered: what leads back over an edge of kind rw.
  private mutating func overwriteSeen() -> [OrderLiteral]? {
    for edge in problem.watched {
      if let causes = graph.path(from: Int(edge.target), to: Int(edge.source)) { return causes }
    }
    for literal in trail {
      var edges: [(Int, Int)] = []
      problem.consequences(literal) { source, target, isWatched in
        if isWatched { edges.append((source, target)) }
      }
      for (source, target) in edges {
        if let causes = graph.path(from: target, to: source) { return causes + [literal] }
      }
    }
    return nil
  }

  /// Learns from literals that are true and can not all be; false if nothing can be otherwise.
  private mutating func resolve(_ conflict: [OrderLiteral]) -> Bool {
    let top = conflict.map { levels[Int($0 / 2)] }.max() ?? 0
    guard top > 0 else { return false }
    undo(to: Int(top))
    var seen: Set<Int32> = []
    var learned: [OrderLiteral] = []
    var open = 0
    func note(
      _ literal: OrderLiteral, _ seen: inout Set<Int32>, _ learned: inout [OrderLiteral],
      _ open: inout Int
    ) {
      let pair = Int(literal / 2)
      guard levels[pair] > 0, seen.insert(literal / 2).inserted else { return }
      if levels[pair] == top { open += 1 } else { learned.append(literal ^ 1) }
    }
    for literal in conflict { note(literal, &seen, &learned, &open) }
    var place = trail.count - 1
    var pivot = trail[place]
    while true {
      while !seen.contains(trail[place] / 2) { place -= 1 }
      pivot = trail[place]
      place -= 1
      open -= 1
      if open == 0 { break }
      let reason = reasons[Int(pivot / 2)]
      guard reason >= 0 else { break }
      for literal in clauses[Int(reason)] where literal != pivot {
        note(literal ^ 1, &seen, &learned, &open)
      }
    }
    for pair in seen.sorted() { queue.moveToFront(Int(pair)) }
    learn(pivot ^ 1, learned)
    return true
  }

  private mutating func learn(_ asserting: OrderLiteral, _ others: [OrderLiteral]) {
    // The latest of the others is watched, so that the clause is seen again when it goes.
    let sorted = others.sorted { levels[Int($0 / 2)] > levels[Int($1 / 2)] }
    undo(to: sorted.first.map { Int(levels[Int($0 / 2)]) } ?? 0)
    guard let other = sorted.first else {
      assign(asserting, -1)
      return
    }
    let number = Int32(clauses.count)
    clauses.append([asserting] + sorted)
    watchers[Int(asserting)].append(number)
    watchers[Int(other)].append(number)
    budget.steps -= sorted.count
    assign(asserting, number)
  }

  /// Takes back everything above a level.
  private mutating func undo(to level: Int) {
    guard limits.count > level else { return }
    let count = limits[level]
    limits.removeLast(limits.count - level)
    for literal in trail[count...] {
      values[Int(literal / 2)] = -1
      queue.restore(Int(literal / 2))
    }
    trail.removeLast(trail.count - count)
    propagated = min(propagated, count)
    if marks.count > count {
      graph.shrink(to: marks[count])
      marks.removeLast(marks.count - count)
    }
  }
}

/// Things in a row from which the first that is free is taken; what was moved last to the front comes first.
struct RecentFirst {
  private var before: [Int]
  private var after: [Int]
  private var stamps: [Int]
  private var first: Int
  private var clock: Int
  /// Nothing before this is free.
  private var start: Int

  init(_ count: Int) {
    before = (0..<count).map { $0 - 1 }
    after = (0..<count).map { $0 + 1 < count ? $0 + 1 : -1 }
    stamps = (0..<count).map { -$0 }
    first = count > 0 ? 0 : -1
    start = first
    clock = 0
  }

  mutating func next(where isFree: (Int) -> Bool) -> Int? {
    while start >= 0, !isFree(start) { start = after[start] }
    return start < 0 ? nil : start
  }

  /// Something is free again.
  mutating func restore(_ item: Int) {
    if start < 0 || stamps[item] > stamps[start] { start = item }
  }

  mutating func moveToFront(_ item: Int) {
    clock += 1
    stamps[item] = clock
    guard item != first else { return }
    if start == item { start = after[item] >= 0 ? after[item] : before[item] }
    if before[item] >= 0 { after[before[item]] = after[item] }
    if after[item] >= 0 { before[after[item]] = before[item] }
    before[item] = -1
    after[item] = first
    if first >= 0 { before[first] = item }
    first = item
  }
}
