// Linearizability by its definition: try all orders. Shares nothing with the checker.

import Checking
import Histories

/// Bugs that one could make; tests show that random histories would find them.
enum LinearizableMutant: CaseIterable {
  /// Ignores real time: any order will do.
  case noRealTime
  /// Takes what touches in time as concurrent, even of one process.
  case noProcessOrder
  /// Takes operations of unknown outcome as done.
  case infoMustHappen
  /// Takes operations of unknown outcome as not done.
  case infoNeverHappens
  /// Takes failed writes as possible.
  case failMayHappen
  /// Does not look at empty reads.
  case ignoresEmptyReads
}

struct BruteLinearizable {
  let entries: [Entry]
  let facts: Facts
  var mutant: LinearizableMutant?

  func holds() -> Bool {
    for key in Set(entries.map(\.key)).sorted() {
      let own = entries.filter { $0.key == key && isRelevant($0) }
      if !place(own, [Bool](repeating: false, count: own.count), facts.initial) { return false }
    }
    return true
  }

  private func isRelevant(_ entry: Entry) -> Bool {
    switch entry.completion {
    case .ok: return entry.function != .read || !isSilent(entry)
    case .info: return entry.function != .read && mutant != .infoNeverHappens
    case .fail:
      return entry.function == .compareAndSet && facts.failedCompareAndSetObserves
        || mutant == .failMayHappen && entry.function == .write
    }
  }

  private func isSilent(_ entry: Entry) -> Bool {
    entry.shape == .none && (facts.emptyReadsSayNothing || mutant == .ignoresEmptyReads)
  }

  private func isRequired(_ entry: Entry) -> Bool {
    switch entry.completion {
    case .ok: true
    case .info: mutant == .infoMustHappen
    case .fail: entry.function == .compareAndSet
    }
  }

  private func place(_ own: [Entry], _ placed: [Bool], _ state: Value?) -> Bool {
    var isDone = true
    for next in own.indices where !placed[next] && isRequired(own[next]) { isDone = false }
    if isDone { return true }
    for next in own.indices where !placed[next] {
      // Nothing that had returned before this was called may still be unplaced.
      let isEarly = own.indices.contains { other in
        !placed[other] && other != next && isRequired(own[other]) && precedes(own, other, next)
      }
      if isEarly, mutant != .noRealTime { continue }
      guard let after = step(own[next], state) else { continue }
      var more = placed
      more[next] = true
      if place(own, more, after.state) { return true }
    }
    return false
  }

  /// By real time, or as one process did them: entries are in the order of their calls.
  private func precedes(_ own: [Entry], _ first: Int, _ second: Int) -> Bool {
    let isSameProcess = own[first].process == own[second].process && mutant != .noProcessOrder
    return own[first].return < own[second].call || isSameProcess && first < second
  }

  /// The state after an operation; nil if it could not have answered so.
  private func step(_ entry: Entry, _ state: Value?) -> (state: Value?, Void)? {
    switch entry.function {
    case .read:
      let seen = entry.shape == .none ? facts.initial : entry.value
      return seen == state ? (state, ()) : nil
    case .write: return (entry.value, ())
    default:
      if entry.completion == .fail { return state != entry.extra ? (state, ()) : nil }
      return state == entry.extra ? (entry.value, ()) : nil
    }
  }
}
