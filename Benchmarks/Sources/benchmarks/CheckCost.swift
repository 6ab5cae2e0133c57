// What a verdict costs above reading the history: `splitbrain check` of a JSON Lines file, in memory,
// against the same reader with no checker after it.

import Checking
import Histories

enum CheckCost {
  static func run() throws {
    let count = 1_000_000
    print("check: judging against reading the same JSON Lines, CPU s, best of 3")
    for (isStale, expected) in [(false, Validity.holds), (true, .violated)] {
      let file = MadeHistory.register(count, processes: 50, hasStaleRead: isStale)
      let name = isStale ? "register, one stale read" : "register, 50 processes"
      try measure(name, file, .register, ["linearizable"], count, "operations", expected)
    }
    try measure(
      "list-append", MadeHistory.lists(100_000, processes: 20), .listAppend,
      ["strong-serializable"], 100_000, "transactions", .holds)
    let file = MadeHistory.registers(count / 8, of: 8, keys: 1_000, processes: 50)
    for model in ["read-committed", "read-atomic", "causal"] {
      try measure(
        "rw-register, 8 a transaction", file, .transactions, [model], count, "operations", .holds)
    }
  }

  private static func measure(
    _ name: String, _ file: [UInt8], _ workload: HistoryWorkload, _ models: [String], _ count: Int,
    _ unit: String, _ expected: Validity
  ) throws {
    var best = Fastest()
    var found = Validity.unknown
    for _ in 0..<3 {
      var history = History()
      let reading = try timed { history = try History(jsonLines: file) }
      let judging = timed {
        found = HistoryVerdict(history, workload, models: models, Facts(), Budget()).validity
      }
      best.add([reading, judging])
    }
    let (reading, judging) = (best.seconds[0], best.seconds[1])
    let rate = fixed(Double(count) / judging / 1e3, 0)
    print("  \(models[0]): \(name), \(count) \(unit)")
    print("    parse only      \(fixed(reading, 3)) s, \(file.count / 1_000_000) MB")
    print("    judging         \(fixed(judging, 3)) s, \(rate) k \(unit)/s")
    print("    ratio           \(fixed(judging / reading, 2))")
    expect(found, expected, "verdict")
  }
}
