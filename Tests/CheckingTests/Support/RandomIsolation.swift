// Small random histories of transactions over registers or lists, from databases of several kinds: serial,
// with old snapshots, with snapshots and first-committer-wins, with reads of single keys from different
// times, and from pure chance. In some one read is then made wrong. Some transactions fail, some end unknown.

import Histories

struct RandomIsolation {
  var dice: SmallGenerator
  /// Lists instead of registers.
  var isList: Bool
  var mostTransactions = 8

  mutating func next() -> History {
    let kind = min(dice.below(7), 4)
    let count = 2 + dice.below(mostTransactions - 1)
    let keys = 1 + dice.below(3)
    let processes = 1 + dice.below(3)
    var states: [[[Int64]]] = [[[Int64]](repeating: [], count: keys)]
    var history = History()
    var ends = [Int64](repeating: 0, count: processes)
    var value: Int64 = 0
    var clock: Int64 = 0
    var entries: [Entry] = []
    // Who reads amiss, if anybody does.
    let amiss = dice.chance(40) ? dice.below(count) : count
    for place in 0..<count {
      let process = dice.below(processes)
      let latest = states[states.count - 1]
      var view = latest
      if kind == 1 || kind == 2, dice.below(2) == 0 { view = states[dice.below(states.count)] }
      if kind == 3 { view = (0..<keys).map { states[dice.below(states.count)][$0] } }
      var own = [[Int64]](repeating: [], count: keys)
      var steps: [Step] = []
      let outcome = dice.below(20)
      let completion: Completion = outcome == 0 ? .fail : outcome < 3 ? .info : .ok
      for _ in 0..<(2 + dice.below(3)) {
        let key = dice.below(keys)
        if dice.below(2) == 0 {
          value += 1
          own[key].append(value)
          steps.append(
            Step(
              function: isList ? .append : .write, key: Key(key), shape: .scalar, value: value))
          continue
        }
        if kind == 4 || place == amiss { view[key] = states[dice.below(states.count)][key] }
        if place == amiss, dice.chance(25) { view[key] = view[key].dropLast() }
        steps.append(read(Key(key), view[key] + own[key], completion, &history))
      }
      let writes = own.contains { !$0.isEmpty }
      let happens = completion == .ok || completion == .info && dice.below(2) == 0
      if writes, happens || kind == 4 && dice.below(6) == 0 {
        states.append((0..<keys).map { latest[$0] + own[$0] })
      }
      let stored = history.store(steps: steps)
      clock += Int64(dice.below(4))
      let call = max(clock, ends[process])
      let end = call + 1 + Int64(dice.below(10))
      ends[process] = end
      let isOpen = completion == .info
      entries.append(
        Entry(
          process: Int32(isOpen ? 10 + place : process), function: .transaction, key: 0,
          shape: .steps, value: stored.value, extra: stored.extra, completion: completion,
          call: call, return: isOpen ? History.never : end))
    }
    let order = entries.indices.sorted { (entries[$0].call, $0) < (entries[$1].call, $1) }
    for place in order { history.append(entries[place]) }
    return history
  }

  private mutating func read(
    _ key: Key, _ list: [Int64], _ completion: Completion, _ history: inout History
  ) -> Step {
    guard completion == .ok else {
      return Step(function: .read, key: key, shape: .none, value: 0)
    }
    if isList {
      let stored = history.store(list)
      return Step(
        function: .read, key: key, shape: .list, value: stored.value, extra: stored.extra)
    }
    guard let last = list.last else {
      return Step(function: .read, key: key, shape: .none, value: 0)
    }
    return Step(function: .read, key: key, shape: .scalar, value: last)
  }
}
