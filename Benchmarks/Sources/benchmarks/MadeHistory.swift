// Large histories with a known verdict, the same on every machine. One store, one operation after the
// other: each takes effect at a point of its own, is called a while before it and returns a while
// after, so that as many are under way at once as there are processes.

import Histories
import Simulation

struct MadeHistory {
  private let processes: Int
  private var random = Random(seed: 1)
  private var history = History()
  private var entries: [Entry] = []
  private var ends: [Int64]
  /// Values are written once each, in this order.
  private var written: Int64 = 0

  /// Ticks from one point to the next.
  private static let pace: Int64 = 10

  private init(processes: Int) {
    self.processes = processes
    ends = Array(repeating: 0, count: processes)
  }

  /// One register, read and written in equal parts.
  /// - Parameter hasStaleRead: one read, late in the history, returns a value that was replaced before
  ///   the read began.
  static func register(_ count: Int, processes: Int, hasStaleRead: Bool) -> [UInt8] {
    var made = MadeHistory(processes: processes)
    var mayBeStale = hasStaleRead
    for place in 0..<count {
      if place > 0, made.random.below(2) == 0 {
        let isStale = mayBeStale && place > count / 4 * 3
        if isStale { mayBeStale = false }
        // A thousand writes ago: far more than are under way at once.
        made.add(place, .read, isStale ? made.written - 1_000 : made.written)
      } else {
        made.written += 1
        made.add(place, .write, made.written)
      }
    }
    return made.lines()
  }

  /// Transactions of one to four appends to lists and reads of them, as Elle's generator makes them:
  /// few lists at a time, each replaced by a new one when it has 32 elements.
  static func lists(_ transactions: Int, processes: Int) -> [UInt8] {
    var made = MadeHistory(processes: processes)
    var keys = Array(Key(0)..<10)
    var newest: Key = 9
    var lists = Array(repeating: [Int64](), count: keys.count)
    for place in 0..<transactions {
      let steps = (0...made.random.below(4)).map { _ in
        let list = made.random.below(keys.count)
        if made.random.below(2) == 0 {
          let (value, extra) = made.history.store(lists[list])
          return Step(
            function: .read, key: keys[list], shape: .list, value: value, extra: extra)
        }
        if lists[list].count == 32 {
          newest += 1
          keys[list] = newest
          lists[list] = []
        }
        made.written += 1
        lists[list].append(made.written)
        return Step(function: .append, key: keys[list], shape: .scalar, value: made.written)
      }
      made.add(place, steps)
    }
    return made.lines()
  }

  /// Transactions of as many reads and writes of registers.
  static func registers(
    _ transactions: Int, of steps: Int, keys: Int, processes: Int
  ) -> [UInt8] {
    var made = MadeHistory(processes: processes)
    var values = [Int64?](repeating: nil, count: keys)
    for place in 0..<transactions {
      let steps = (0..<steps).map { _ in
        let key = made.random.below(keys)
        if made.random.below(2) == 0 {
          return Step(
            function: .read, key: Key(key), shape: values[key] == nil ? .none : .scalar,
            value: values[key] ?? 0)
        }
        made.written += 1
        values[key] = made.written
        return Step(function: .write, key: Key(key), shape: .scalar, value: made.written)
      }
      made.add(place, steps)
    }
    return made.lines()
  }

  private mutating func add(_ place: Int, _ function: Function, _ value: Int64) {
    add(place, function, shape: .scalar, value, 0)
  }

  private mutating func add(_ place: Int, _ steps: [Step]) {
    let (value, extra) = history.store(steps: steps)
    add(place, .transaction, shape: .steps, value, extra)
  }

  /// Processes take turns, so that a call comes after the process's last return by itself.
  private mutating func add(
    _ place: Int, _ function: Function, shape: Shape, _ value: Int64, _ extra: Int64
  ) {
    let process = place % processes
    let point = Int64(place + processes) * Self.pace
    let most = processes * Int(Self.pace)
    let call = max(ends[process], point - Int64(random.below(most)))
    ends[process] = point + 1 + Int64(random.below(most - 1))
    entries.append(
      Entry(
        process: Int32(process), function: function, key: 0, shape: shape, value: value,
        extra: extra, call: call, return: ends[process]))
  }

  /// The file, in the order of the calls.
  private mutating func lines() -> [UInt8] {
    for place in entries.indices.sorted(by: { (entries[$0].call, $0) < (entries[$1].call, $1) }) {
      history.append(entries[place])
    }
    return history.jsonLines()
  }
}
