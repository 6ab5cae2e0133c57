// What the checkers of queues, identifiers, names, stock, orders, locks and ledgers promise, word by word:
// by trying all pairs, subsets or matchings. The mutants are those of BruteData.

import Histories

struct BruteObjects {
  let drafts: [Draft]
  var mutant: DataMutant?

  private func mayHappen(_ entry: Entry) -> Bool {
    switch entry.completion {
    case .ok: true
    case .info: mutant != .infoNeverHappens
    case .fail: mutant == .failMayHappen
    }
  }

  private func precedes(_ left: Entry, _ right: Entry) -> Bool {
    if mutant == .callsDecide { return left.call < right.call }
    return left.completion == .ok && (left.return < right.call || mutant == .noTimes)
  }

  private func all(_ function: Function) -> [Draft] {
    drafts.filter { $0.entry.function == function && mayHappen($0.entry) }
  }

  private func answered(_ function: Function) -> [Draft] {
    drafts.filter { $0.entry.function == function && $0.entry.completion == .ok }
  }

  // MARK: Set-full

  /// Lost, stale, never read, stable.
  func setOutcomes() -> [String: Int64] {
    var found: [String: Int64] = ["lost": 0, "stale": 0, "never-read": 0, "stable": 0]
    let removed = Set(all(.remove).map(\.entry.value))
    let reads = answered(.read)
    for value in Set(all(.insert).map(\.entry.value)) where !removed.contains(value) {
      let inserts = all(.insert).map(\.entry).filter { $0.value == value }
      let created = inserts.map(\.call).min() ?? 0
      let with = reads.filter { $0.list.contains(value) }.map(\.entry)
      let without = reads.filter { !$0.list.contains(value) && $0.entry.return >= created }
      let known =
        (inserts.filter { $0.completion == .ok } + with).map(\.return).min() ?? History.never
      func place(_ entry: Entry) -> Int { drafts.firstIndex { $0.entry == entry } ?? -1 }
      let lastWith = with.map(place).max() ?? -1
      let lastWithout = without.compactMap { place($0.entry) }.max() ?? -1
      if lastWith > lastWithout {
        found["stable", default: 0] += 1
        let isStale = lastWithout >= 0 && drafts[lastWithout].entry.call + 1 > known
        found["stale", default: 0] += isStale ? 1 : 0
      } else if lastWithout >= 0, known < drafts[lastWithout].entry.call || mutant == .noTimes {
        found["lost", default: 0] += 1
      } else {
        found["never-read", default: 0] += 1
      }
    }
    return found
  }

  func setFullHolds() -> Bool {
    let inserted = Set(all(.insert).map(\.entry.value)).subtracting(all(.remove).map(\.entry.value))
    let hasTwice = answered(.read).contains { read in
      inserted.contains { value in read.list.count { $0 == value } > 1 }
    }
    return setOutcomes()["lost"] == 0 && !hasTwice
  }

  // MARK: Queues

  func queueHolds() -> Bool {
    let puts = all(.enqueue).map(\.entry)
    let takes = answered(.dequeue).map(\.entry).filter { $0.shape == .scalar }
    func matches(_ rest: ArraySlice<Entry>, _ free: [Entry]) -> Bool {
      guard let take = rest.first else { return true }
      return free.indices.contains { place in
        guard free[place].value == take.value, free[place].call <= take.return || mutant == .noTimes
        else { return false }
        var less = free
        less.remove(at: place)
        return matches(rest.dropFirst(), less)
      }
    }
    guard matches(takes[...], puts) else { return false }
    let acknowledged = puts.filter { $0.completion == .ok }
    var ends = drafts.filter {
      $0.entry.completion == .ok
        && ($0.entry.isFinal || $0.entry.function == .dequeue && $0.entry.shape == .none)
    }.map(\.entry.call)
    for failed in drafts.map(\.entry)
    where failed.function == .dequeue && failed.completion == .fail {
      if acknowledged.allSatisfy({ $0.return < failed.call }) { ends.append(failed.call) }
    }
    guard let end = ends.max() else { return true }
    let sure = acknowledged.filter { $0.return < end }
    let left = drafts.filter(\.entry.isFinal).flatMap(\.list)
    let unknown =
      mutant == .infoNeverHappens
      ? 0 : drafts.count { $0.entry.function == .dequeue && $0.entry.completion == .info }
    // Some choice of elements that dequeues of unknown outcome took explains all.
    return (0..<(1 << sure.count)).contains { choice in
      guard choice.nonzeroBitCount <= unknown else { return false }
      let rest = sure.indices.filter { choice >> $0 & 1 == 0 }.map { sure[$0].value }
      return Set(rest).allSatisfy { value in
        rest.count { $0 == value }
          <= takes.count { $0.value == value } + left.count { $0 == value }
      }
    }
  }

  // MARK: Identifiers, names, stock

  func identifiersHold() -> Bool {
    let draws = all(.generate).map(\.entry).filter {
      $0.completion == .ok || mutant == .failMayHappen && $0.completion == .fail
    }
    return Set(draws.map(\.value)).count == draws.count
  }

  /// Some claim, or none, explains all answers.
  func claimsHold() -> Bool {
    let claims = all(.compareAndSet).map(\.entry)
    guard !claims.isEmpty else { return true }
    let reads = answered(.read).map(\.entry).filter { $0.shape == .scalar && $0.value != 0 }
    func explains(_ winner: Entry?) -> Bool {
      claims.allSatisfy { $0.completion != .ok || $0 == winner }
        && reads.allSatisfy { $0.value == winner?.value }
    }
    return explains(nil) || claims.contains { explains($0) }
  }

  /// No set of sales exceeds what can have been there when the last of them returned.
  func stockHolds() -> Bool {
    if answered(.read).contains(where: { $0.entry.value < 0 }) { return false }
    let changes = all(.increment).map(\.entry)
    let sales = changes.filter { $0.value < 0 && $0.completion != .info }
    return (1..<(1 << sales.count)).allSatisfy { choice in
      let chosen = sales.indices.filter { choice >> $0 & 1 == 1 }.map { sales[$0] }
      let end = chosen.map(\.return).max() ?? 0
      let added = changes.filter { $0.value > 0 && ($0.call <= end || mutant == .noTimes) }
      let supply: Int64 = added.reduce(5) { $0 + $1.value }
      return chosen.reduce(supply) { $0 + $1.value } >= 0
    }
  }

  // MARK: Orders and locks

  func ordersHold() -> Bool {
    answered(.read).allSatisfy { read in
      drafts.filter { $0.entry.function == .insert && read.list.contains($0.list[0]) }.allSatisfy {
        mayHappen($0.entry) && $0.list.allSatisfy(read.list.contains)
      }
    }
  }

  /// In every read each number is there with its opposite. The mutants look at one read alone, or believe
  /// only entries.
  func indexHolds() -> Bool {
    let reads = answered(.read).map(\.list)
    return reads.prefix(mutant == .firstFinalOnly ? 1 : reads.count).allSatisfy { list in
      list.allSatisfy { number in
        mutant == .infoNeverHappens && number < 0 || list.contains { $0 == -number }
      }
    }
  }

  /// At no moment between two ticks two holders are certain.
  func exclusionHolds() -> Bool {
    let entries = drafts.map(\.entry)
    let end = entries.map(\.call).max() ?? 0
    return (0...end + 10).allSatisfy { tick in
      holders(entries, after: tick).count < 2
    }
  }

  /// Who certainly holds the lock between a tick and the next: processes, or acquires with tokens.
  private func holders(_ entries: [Entry], after tick: Int64) -> Set<Int> {
    var holders: Set<Int> = []
    for (place, acquire) in entries.enumerated()
    where acquire.function == .acquire && acquire.completion == .ok && acquire.return <= tick {
      // With a token a refusal tells, too, that its holder believed to hold the lock.
      let later = entries[(place + 1)...].filter {
        mayHappen($0)
          || $0.function != .acquire && $0.completion == .fail && $0.shape == .scalar
      }
      if acquire.shape == .none {
        let isReleased = later.contains {
          mayHappen($0) && $0.function == .release && $0.process == acquire.process
            && $0.call <= tick
        }
        if !isReleased { holders.insert(Int(acquire.process)) }
      } else {
        // A token is whose it was last given to.
        let own = later.prefix {
          $0.function != .acquire || $0.completion != .ok || $0.value != acquire.value
        }.filter { $0.function != .acquire && $0.value == acquire.value }
        let releases = own.filter { $0.function == .release && mayHappen($0) }
        let isReleased = releases.contains { $0.call <= tick }
        let isUsed = own.contains {
          $0.call > tick
            && (releases.isEmpty || $0.call <= releases[0].call)
        }
        if !isReleased, isUsed { holders.insert(place) }
      }
    }
    return holders
  }

  /// Whoever has the lock in the end may have got it, and was not told that he gave it back.
  func locksAreFree() -> Bool {
    answered(.read).allSatisfy { read in
      let own = drafts.map(\.entry).filter {
        $0.value == read.entry.value && $0.function != .read
      }
      return read.entry.value == 0
        || own.contains { $0.function == .acquire && mayHappen($0) }
          && !own.contains { $0.function == .release && $0.completion == .ok }
    }
  }

  /// No pair of updates started from the same value.
  func updatesHold() -> Bool {
    let updates = all(.compareAndSet).map(\.entry).filter { $0.completion != .info }
    let siblings = all(.read).filter { $0.entry.completion == .ok }.map(\.list)
    return updates.enumerated().allSatisfy { place, update in
      updates.dropFirst(place + 1).allSatisfy { other in
        other.extra != update.extra
          || siblings.contains { $0.contains(update.value) && $0.contains(other.value) }
      }
    }
  }

  func fencingHolds() -> Bool {
    for function in [Function.acquire, .write] {
      let entries = drafts.map(\.entry).filter {
        $0.function == function && $0.completion == .ok
      }
      for (place, left) in entries.enumerated() {
        for (other, right) in entries.enumerated() where other != place {
          if precedes(left, right), right.value < left.value { return false }
          if function == .acquire, left.value == right.value { return false }
        }
      }
    }
    return true
  }

  // MARK: Effects and dirty reads

  func effectsHold() -> Bool {
    let puts = all(.append).map(\.entry)
    for read in answered(.read) {
      for value in Set(read.list) {
        if read.list.count(where: { $0 == value }) > puts.count(where: { $0.value == value }) {
          return false
        }
      }
      guard read.entry.isFinal else { continue }
      for put in puts where precedes(put, read.entry) && !read.list.contains(put.value) {
        if put.completion == .ok { return false }
      }
    }
    return true
  }

  func registersAreClean() -> Bool {
    let writes = all(.write).map(\.entry)
    let reads = answered(.read).map(\.entry).filter { $0.shape == .scalar }
    let finals = answered(.read).map(\.entry).filter(\.isFinal)
    for read in reads {
      let own = writes.filter { $0.value == read.value }
      let isWritten = drafts.contains {
        $0.entry.function == .write && $0.entry.value == read.value
      }
      if own.isEmpty, isWritten { return false }
      let isUndone =
        !own.isEmpty
        && finals.allSatisfy { final in
          guard final.shape == .scalar else { return true }
          let last = writes.filter { $0.value == final.value }
          return !last.isEmpty
            && last.allSatisfy { last in own.allSatisfy { precedes(last, $0) } }
        }
      if isUndone { return false }
    }
    return true
  }

  func setsAreClean() -> Bool {
    let inserts = all(.insert).map(\.entry)
    let removed = Set(all(.remove).map(\.entry.value))
    let finals = answered(.read).filter(\.entry.isFinal)
    for read in answered(.read) {
      for value in read.list {
        guard inserts.contains(where: { $0.value == value }) else {
          if drafts.contains(where: { $0.entry.function == .insert && $0.entry.value == value }) {
            return false
          }
          continue
        }
        let isGone = finals.allSatisfy { final in
          !final.list.contains(value) && precedes(read.entry, final.entry)
        }
        if isGone, !removed.contains(value) { return false }
      }
    }
    return true
  }
}
