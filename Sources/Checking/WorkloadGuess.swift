// What a history from anywhere is about, guessed from what its operations are called and hold. A guess that
// leaves operations out says so, and then nothing can be said to hold: judging part of a history is not
// judging it.

import Histories

/// A workload, as far as a history tells.
public struct WorkloadGuess: Sendable {
  public let workload: HistoryWorkload
  /// Which operations no checker of the workload looks at; nil if there are none.
  public let doubt: String?

  public init(_ history: History) {
    var counts = [Int](repeating: 0, count: Function.allCases.count)
    for function in history.functions { counts[Int(function.rawValue)] += 1 }
    let workload = WorkloadGuess.workload(of: history) { counts[Int($0.rawValue)] > 0 }
    self.workload = workload
    let missed = Function.allCases.filter {
      counts[Int($0.rawValue)] > 0 && !workload.functions.contains($0)
    }
    let list = missed.map { count(counts[Int($0.rawValue)], "`\($0.name)`") }
    doubt =
      missed.isEmpty
      ? nil
      : "guessed to be \(workload.rawValue), which says nothing of \(list.joined(separator: ", ")): "
        + "give the workload"
  }

  /// From the functions that occur; register if there are none.
  private static func workload(
    of history: History, _ has: (Function) -> Bool
  ) -> HistoryWorkload {
    if has(.transaction) {
      if history.steps.contains(where: { $0.function == .append }) { return .listAppend }
      // Which write a read saw must be plain for isolation to be judged.
      return ValueTable.isUnique(history) ? .readWriteRegister : .multiRegister
    }
    if has(.transfer) || history.shapes.contains(.map) { return .bank }
    if has(.generate) { return .uniqueIDs }
    if has(.acquire) || has(.release) {
      // Who names owners means them; whether one may acquire twice no history tells.
      let isOwned = (0..<history.count).allSatisfy { history.lockOwner(of: $0) != nil }
      return has(.write) ? .lock : isOwned ? .ownerAwareMutex : .mutex
    }
    if has(.enqueue) || has(.dequeue) { return .fifoQueue }
    if history.shapes.contains(.string) { return .keyValue }
    if has(.append) { return .ledger }
    if has(.insert) || has(.remove) {
      return isIndexed(history) ? .index : areOrders(history) ? .orders : .set
    }
    if has(.increment) { return .counter }
    return has(.compareAndSet) ? .casRegister : .register
  }

  /// Whether every insert is of a row and the entry that leads to it.
  private static func isIndexed(_ history: History) -> Bool {
    let inserts = (0..<history.count).filter { history.functions[$0] == .insert }
    return !inserts.isEmpty
      && inserts.allSatisfy { row in
        let list = history.list(of: row)
        return list.count == 2 && list[0] > 0 && list[1] == -list[0]
      }
  }

  /// Whether inserts are of several elements each, the first of which, an order, no two have in common. Lists
  /// that begin alike are something else: pairs of a key and an element, perhaps.
  private static func areOrders(_ history: History) -> Bool {
    var orders: Set<Value> = []
    var refer = false
    for row in 0..<history.count where history.functions[row] == .insert {
      let list = history.list(of: row)
      guard let order = list.first, orders.insert(order).inserted else { return false }
      refer = refer || list.count > 1
    }
    return refer
  }
}

extension HistoryWorkload {
  /// What a guess takes to be part of it, with what reads it.
  fileprivate var functions: Set<Function> {
    switch self {
    case .register, .casRegister, .uniqueness: [.read, .write, .compareAndSet]
    case .set, .setFull, .orders, .index, .causalReverse, .g2: [.read, .insert, .remove]
    case .counter, .stock, .monotonic: [.read, .increment]
    case .bank: [.read, .transfer]
    case .listAppend, .readWriteRegister, .longFork: [.transaction]
    case .transactions, .multiRegister: [.transaction, .read, .write]
    case .keyValue: [.read, .write, .append]
    case .mutex, .ownerAwareMutex, .reentrantMutex, .acquiredPermits, .semaphore:
      [.acquire, .release]
    case .lock: [.acquire, .release, .read, .write]
    case .queue, .fifoQueue: [.enqueue, .dequeue]
    case .uniqueIDs: [.generate]
    case .ledger: [.read, .append]
    }
  }
}
