// The workloads that look for one anomaly each, by loops over all pairs, and random histories for them. The mutants
// are what one might think is enough.

import Histories

enum AnomalyMutant: CaseIterable {
  /// Compares reads only with the next in time.
  case neighboursOnly
  /// Takes what was called first as over first.
  case callsDecide
  /// Compares only what one process saw.
  case processesAlone
  /// Takes inserts of unknown outcome as successful.
  case unknownSucceeds
}

enum AnomalyKind: String, CaseIterable {
  case longFork = "long-fork"
  case causalReverse = "causal-reverse"
  case monotonic
  case predicateSkew = "g2"

  var checker: String { rawValue }

  var mutant: AnomalyMutant {
    switch self {
    case .longFork: .neighboursOnly
    case .causalReverse: .callsDecide
    case .monotonic: .processesAlone
    case .predicateSkew: .unknownSucceeds
    }
  }

  func make(_ random: inout RandomHistories) -> History {
    switch self {
    case .longFork: random.forks()
    case .causalReverse: random.inserts()
    case .monotonic: random.risingCounters()
    case .predicateSkew: random.conditionalInserts()
    }
  }
}

struct BruteAnomalies {
  let history: History
  var mutant: AnomalyMutant?

  func isFound(_ kind: AnomalyKind) -> Bool {
    switch kind {
    case .longFork: hasLongFork
    case .causalReverse: hasCausalReverse
    case .monotonic: shrinks
    case .predicateSkew: hasSkew
    }
  }

  private func rows(_ function: Function, _ completions: Completion...) -> [Int] {
    (0..<history.count).filter {
      history.functions[$0] == function && completions.contains(history.completions[$0])
    }
  }

  /// Two reads of the same keys, each of which saw what the other missed.
  private var hasLongFork: Bool {
    let sights = rows(.transaction, .ok).map { history.steps(of: $0) }
      .filter { $0.allSatisfy { $0.function == .read } }
      .map { steps in steps.map { (key: $0.key, seen: $0.shape != .none) } }
    func sawMore(_ one: [(key: Key, seen: Bool)], _ two: [(key: Key, seen: Bool)]) -> Bool {
      one.contains { left in left.seen && two.contains { $0.key == left.key && !$0.seen } }
    }
    return sights.indices.contains { one in
      sights.indices.contains { two in
        guard mutant != .neighboursOnly || two == one + 1 else { return false }
        return Set(sights[one].map(\.key)) == Set(sights[two].map(\.key))
          && sawMore(sights[one], sights[two]) && sawMore(sights[two], sights[one])
      }
    }
  }

  /// A read that saw one write and missed one that had returned before that was called.
  private var hasCausalReverse: Bool {
    let writes = rows(.insert, .ok, .info)
    return rows(.read, .ok).contains { read in
      let seen = history.list(of: read)
      return rows(.insert, .ok).contains { missed in
        !seen.contains(history.values[missed])
          && writes.contains { write in
            let isOver = mutant == .callsDecide ? history.calls : history.returns
            return seen.contains(history.values[write]) && isOver[missed] < history.calls[write]
          }
      }
    }
  }

  /// A read that saw less than one before it.
  private var shrinks: Bool {
    rows(.read, .ok).contains { one in
      rows(.read, .ok).contains { two in
        let isOne = one < two && history.processes[one] == history.processes[two]
        let isBefore = history.returns[one] < history.calls[two] && mutant != .processesAlone
        return history.values[one] > history.values[two] && (isOne || isBefore)
      }
    }
  }

  /// Two inserts of one key that both found nothing there.
  private var hasSkew: Bool {
    let both = mutant == .unknownSucceeds ? rows(.insert, .ok, .info) : rows(.insert, .ok)
    return Set(both.map { history.keys[$0] }).count < both.count
  }
}

extension RandomHistories {
  /// Writes of single keys, and reads of all of them, of states that are mostly one chain.
  fileprivate mutating func forks() -> History {
    let keys = 2 + generator.below(2)
    let order = generator.shuffled(Array(0..<keys))
    var history = History()
    func append(_ steps: [Step]) {
      let (value, extra) = history.store(steps: steps)
      let call = Int64(2 * history.count)
      history.append(
        Entry(
          process: Int32(history.count), function: .transaction, key: 0, shape: .steps,
          value: value, extra: extra, call: call, return: call + 1))
    }
    for key in 0..<keys {
      append([Step(function: .write, key: Key(key), shape: .scalar, value: 1)])
    }
    for _ in 0..<(2 + generator.below(4)) {
      var seen = Set(order.prefix(generator.below(keys + 1)))
      if generator.chance(15) { seen.formSymmetricDifference([generator.below(keys)]) }
      append(
        (0..<keys).map { key in
          let isSeen = seen.contains(key)
          return Step(
            function: .read, key: Key(key), shape: isSeen ? .scalar : .none, value: isSeen ? 1 : 0)
        })
    }
    return history
  }

  /// Inserts of distinct values and reads of some of them.
  fileprivate mutating func inserts() -> History {
    var history = History()
    var value: Int64 = 0
    for slot in slots(3 + generator.below(6)) {
      if generator.chance(60) {
        value += 1
        history.append(entry(slot, .insert, key: 0, value: value))
        continue
      }
      var read = entry(slot, .read, key: 0)
      read.shape = .none
      if slot.completion == .ok {
        let seen = (1..<max(value + 2, 2)).filter { _ in generator.chance(75) }
        (read.shape, (read.value, read.extra)) = (.list, history.store(seen))
      }
      history.append(read)
    }
    return history
  }

  /// Reads of a counter that mostly rises.
  fileprivate mutating func risingCounters() -> History {
    var history = History()
    for (place, slot) in slots(3 + generator.below(6)).enumerated() {
      var entry = entry(slot, place == 0 ? .increment : .read, key: 0, value: 1)
      if place > 0 {
        let value = Int64(place / 2) - (generator.chance(40) ? 2 : 0)
        (entry.shape, entry.value) = slot.completion == .ok ? (.scalar, value) : (.none, 0)
      }
      history.append(entry)
    }
    return history
  }

  /// Inserts under two keys, of which most should have failed.
  fileprivate mutating func conditionalInserts() -> History {
    var history = History()
    let fail = generator.pick([35, 60, 80])
    for slot in slots(2 + generator.below(7), info: 15, fail: fail) {
      let key = Key(generator.below(2))
      history.append(entry(slot, .insert, key: key, value: Int64(history.count)))
    }
    return history
  }
}
