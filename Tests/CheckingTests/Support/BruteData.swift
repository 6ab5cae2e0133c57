// What the checkers of data promise, word by word, without any cleverness. Each has bugs that one could
// make, to see that random histories would find them.

import Histories

enum DataMutant: CaseIterable {
  /// Takes operations of unknown outcome as not done.
  case infoNeverHappens
  /// Takes failed operations as possible.
  case failMayHappen
  /// Only looks at the first final read.
  case firstFinalOnly
  /// Does not care when things happened.
  case noTimes
  /// Takes what was called first as over first.
  case callsDecide
}

enum BankMutant: CaseIterable {
  case ignoresTotals, ignoresNegatives, judgesPartialReads
}

struct BruteData {
  let drafts: [Draft]
  var mutant: DataMutant?

  private var finals: [Draft] {
    let all = drafts.filter { $0.entry.isFinal && $0.entry.completion == .ok }
    return mutant == .firstFinalOnly ? Array(all.prefix(1)) : all
  }

  private func mayHappen(_ entry: Entry) -> Bool {
    switch entry.completion {
    case .ok: true
    case .info: mutant != .infoNeverHappens
    case .fail: mutant == .failMayHappen
    }
  }

  /// Whether one operation was certainly over before another was called.
  private func precedes(_ left: Entry, _ right: Entry) -> Bool {
    if mutant == .callsDecide { return left.call < right.call }
    return left.completion == .ok && (left.return < right.call || mutant == .noTimes)
  }

  private func all(_ function: Function) -> [Entry] {
    drafts.map(\.entry).filter { $0.function == function && mayHappen($0) }
  }

  // MARK: Registers

  func converged() -> Bool {
    let answers = finals.map { $0.entry.shape == .none ? [] : [$0.entry.value] }
    guard Set(answers).count <= 1 else { return false }
    let written = Set(all(.write).map(\.value))
    return answers.allSatisfy { $0.allSatisfy(written.contains) }
  }

  /// The values of the writes that are lost.
  func lostWrites() -> [Value] {
    let seen = finals.map(\.entry).filter { $0.shape == .scalar }
    let writes = all(.write)
    return writes.filter { write in
      guard write.completion == .ok, finals.allSatisfy({ write.return < $0.entry.call }) else {
        return false
      }
      let isUndone = seen.allSatisfy { read in
        writes.contains { $0.value == read.value && precedes($0, write) }
      }
      let isFinal = seen.contains { $0.value == write.value }
      let versions = finals.map { $0.entry.shape == .none ? Version.initial : $0.entry.version }
      let known = versions.compactMap { $0 }
      let isOlder =
        known.count == versions.count && write.version != nil
        && known.allSatisfy { $0 < (write.version ?? .initial) }
      return isUndone || isOlder && !isFinal
    }.map(\.value)
  }

  // MARK: Sets

  func setHolds() -> Bool {
    for read in drafts where read.entry.function == .read && read.entry.completion == .ok {
      for element in read.list {
        let isPossible = all(.insert).contains {
          $0.value == element && ($0.call <= read.entry.return || mutant == .noTimes)
        }
        if !isPossible { return false }
      }
    }
    return finals.allSatisfy { read in
      Set(read.list).count == read.list.count
        && (1...4).allSatisfy { read.list.contains($0) ? mayBe($0, read) : mayMiss($0, read) }
    }
  }

  private func mayBe(_ element: Int64, _ read: Draft) -> Bool {
    let inserts = all(.insert).filter { $0.value == element }
    return !all(.remove).contains { remove in
      remove.value == element && precedes(remove, read.entry)
        && inserts.allSatisfy { precedes($0, remove) }
    }
  }

  private func mayMiss(_ element: Int64, _ read: Draft) -> Bool {
    let removes = all(.remove).filter { $0.value == element }
    return !all(.insert).contains { insert in
      insert.value == element && precedes(insert, read.entry)
        && removes.allSatisfy { precedes($0, insert) }
    }
  }

  // MARK: Counters

  /// Tries all subsets of the increments that a read may or may not have seen.
  func counterHolds(allSettled: Bool = false) -> Bool {
    for read in drafts.map(\.entry) where read.function == .read && read.completion == .ok {
      let isFinal = read.isFinal || allSettled
      var sure: Int64 = 0
      var maybe: [Int64] = []
      for increment in all(.increment) {
        if isFinal, precedes(increment, read) {
          sure += increment.value
        } else if increment.call <= read.return || mutant == .noTimes {
          maybe.append(increment.value)
        }
      }
      if isFinal, mutant == .firstFinalOnly, read.region != 0 { continue }
      var least = Int64.max
      var most = Int64.min
      for subset in 0..<(1 << maybe.count) {
        let sum = maybe.indices.reduce(sure) { $0 + (subset >> $1 & 1 == 1 ? maybe[$1] : 0) }
        least = min(least, sum)
        most = max(most, sum)
      }
      if read.value < least || read.value > most { return false }
    }
    return true
  }

  // MARK: Banks

  func bankHolds(_ mutant: BankMutant? = nil) -> Bool {
    for read in drafts where read.entry.completion == .ok {
      if read.list.count != 6, mutant != .judgesPartialReads { continue }
      let balances = stride(from: 1, to: read.list.count, by: 2).map { read.list[$0] }
      if balances.reduce(0, +) != 30, mutant != .ignoresTotals { return false }
      if balances.contains(where: { $0 < 0 }), mutant != .ignoresNegatives { return false }
    }
    return true
  }
}
