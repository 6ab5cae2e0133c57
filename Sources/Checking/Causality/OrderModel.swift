// Six models of what a history of register operations may look like, each as a question of order:
//
//   sequential          one order of all operations, that of each process in it, explains every read
//                       (Lamport, "How to Make a Multiprocessor Computer That Correctly Executes Multiprocess
//                       Programs", 1979).
//   consistent-prefix   reads see growing prefixes of one order of all writes: sequential, except that a process
//                       need not see its own writes at once (Girault, Gössler, Guerraoui, Hamza and
//                       Seredinschi, "Monotonic Prefix Consistency in Distributed Systems", 2018).
//   causal-memory       CM: for each process an order of its operations and all writes before them in causal
//                       order (Ahamad, Neiger, Burns, Kohli and Hutto, "Causal Memory", 1995).
//   causal-convergence  CCv: one order of all writes; a read returns the last of those causally before it
//                       (Burckhardt, "Principles of Eventual Consistency", 2014, section 5; Perrin, Mostefaoui
//                       and Jard, "Causal Consistency: Beyond Memory", 2016).
//   weak-causal         CC: for each read alone some order of what is causally before it.
//   pram                for each process an order of its operations and all writes, that of each process in it
//                       (Lipton and Sandberg, "PRAM: A Scalable Shared Memory", 1988).
//
// Causal order is process order and "read what was written", again and again. If written values are unique, all but
// the first two are decided by bad patterns in polynomial time: Bouajjani, Enea, Guerraoui and Hamza, "On
// Verifying Causal Consistency", 2017, theorems 3 to 5, and with the same proof for PRAM, whose order before
// saturation is smaller. The first two are NP-complete (Gibbons and Korach, "Testing Shared Memories", 1997): what
// saturation does not decide, a search does within its budget (OrderModelSearch.swift).
//
// What clients saw decides: each model asks whether some order exists, so the true order of versions, which may
// be another, can not prove a violation; with versions or without, the verdict is the same.

import Histories

enum OrderModel: String {
  case sequential
  case consistentPrefix = "consistent-prefix"
  case causalMemory = "causal-memory"
  case causalConvergence = "causal-convergence"
  case weakCausal = "weak-causal"
  case pram

  /// Whether all processes must agree on one order in which every read is explained.
  var isGlobal: Bool { self == .sequential || self == .consistentPrefix }
}

/// What the judging of one history gave.
enum OrderFinding {
  case holds
  /// A contradiction in what must come before what, and the chain in whose view it is.
  case broken(HappensBefore, Contradiction, viewer: Int?)
  /// Every order was tried.
  case noOrder
  case gaveUp(String)

  var isBroken: Bool {
    switch self {
    case .broken, .noOrder: true
    case .holds, .gaveUp: false
    }
  }
}

extension OrderModel {
  /// Judges a history.
  func judge(_ table: SessionTable, _ budget: Budget) -> OrderFinding {
    guard var order = HappensBefore(table, viewersOnly: self == .pram, budget) else {
      return .gaveUp("too many processes: \(table.chainCount) with \(table.count) operations")
    }
    if self == .pram { return views(&order, table) }
    order.markAll()
    if isGlobal { return globally(&order, table, budget) }
    if let circle = order.propagate() { return finding(circle, order) }
    _ = order.takeChanged()
    switch self {
    case .weakCausal: return weakly(&order, table)
    case .causalConvergence: return converging(&order, table)
    default: return views(&order, table)
    }
  }

  private func finding(
    _ contradiction: Contradiction, _ order: HappensBefore, viewer: Int? = nil
  ) -> OrderFinding {
    if case .gaveUp(let reason) = contradiction { return .gaveUp(reason) }
    return .broken(order, contradiction, viewer: viewer)
  }

  /// CC: patterns WriteCOInitRead and WriteCORead.
  private func weakly(_ order: inout HappensBefore, _ table: SessionTable) -> OrderFinding {
    for read in 0..<table.count where table.isReading(read) {
      if order.isLate(after: table.chainCount) { return .gaveUp(HappensBefore.late) }
      let (initial, edges) = order.overwritten(by: read)
      if let initial { return finding(.initial(write: initial, read: read), order) }
      for edge in edges where order.comes(Int(edge.target), before: Int(edge.source)) {
        return order.add(edge).map { finding($0, order) } ?? .holds
      }
    }
    return .holds
  }

  /// CCv: those of CC, and CyclicCF. The order of conflicts is derived from causal order alone.
  private func converging(_ order: inout HappensBefore, _ table: SessionTable) -> OrderFinding {
    var conflicts: [Derived] = []
    for read in 0..<table.count where table.isReading(read) {
      if order.isLate(after: table.chainCount) { return .gaveUp(HappensBefore.late) }
      let (initial, edges) = order.overwritten(by: read)
      if let initial { return finding(.initial(write: initial, read: read), order) }
      conflicts += edges
    }
    for edge in conflicts {
      if let circle = order.add(edge) { return finding(circle, order) }
    }
    return order.propagate().map { finding($0, order) } ?? .holds
  }

  /// CM and PRAM: patterns WriteHBInitRead and CyclicHB, for each process that reads.
  private func views(_ order: inout HappensBefore, _ table: SessionTable) -> OrderFinding {
    for chain in 0..<table.chainCount {
      let nodes = table.nodes(of: chain)
      guard let last = nodes.last(where: table.isReading) else { continue }
      var limits = [Int32](repeating: -1, count: table.chainCount)
      if self == .pram {
        for read in nodes where table.sources[read] >= 0 {
          let source = table.sources[read]
          let own = Int(table.chains[Int(source)])
          limits[own] = max(limits[own], source)
        }
        limits[chain] = Int32(last)
      } else {
        for other in limits.indices { limits[other] = order.clocks[last * order.width + other] }
      }
      order.begin(viewOf: chain, limits: limits)
      if self == .pram {
        for read in nodes where table.sources[read] >= 0 { order.mark(Int(table.sources[read])) }
      }
      if let broken = order.saturate() { return finding(broken, order, viewer: chain) }
      order.end()
    }
    return .holds
  }

  /// More rounds of the second rule hardly ever tell more, and the search needs none.
  private static let rounds = 3

  /// Sequential and prefix: both rules for all reads, then a search.
  private func globally(
    _ order: inout HappensBefore, _ table: SessionTable, _ budget: Budget
  ) -> OrderFinding {
    for _ in 0..<OrderModel.rounds {
      if let broken = order.saturate() { return finding(broken, order) }
      let known = order.derived.count
      for read in 0..<table.count where table.isReading(read) {
        if order.isLate(after: table.chainCount) { return .gaveUp(HappensBefore.late) }
        for edge in order.missed(by: read) {
          if let circle = order.add(edge) { return finding(circle, order) }
        }
      }
      if order.derived.count == known { break }
    }
    if let broken = order.propagate() { return finding(broken, order) }
    return search(order, budget)
  }
}
