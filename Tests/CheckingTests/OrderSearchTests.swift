// What saturation leaves open of sequential consistency and consistent prefix: the solver of pairs of writes against
// the definition on small histories, and histories of fifty processes far from real time, at which a walk along the
// frontier alone goes astray.

import Histories
import Testing

@testable import Checking

@Suite("The search for one order")
struct OrderSearchTests {
  /// What the solver says, nearly without saturation; nil where there is nothing to ask.
  private func solve(_ model: OrderModel, _ history: History) -> OrderProblem.Answer? {
    let table = SessionTable(history, Facts(), splitsWrites: model == .consistentPrefix)
    guard table.findings.count == 0, var order = HappensBefore(table, Budget()) else { return nil }
    order.markAll()
    guard order.propagate() == nil else { return nil }
    // Only that reads of nothing come before all writes: the rest of saturation would leave hardly any violated.
    for read in 0..<table.count where table.sources[read] == SessionTable.initially {
      // A circle is for the solver to find.
      for edge in order.missed(by: read) { _ = order.add(edge) }
    }
    var budget = Budget()
    return OrderProblem.answer(Polygraph(order), .sequential, &budget)
  }

  @Test(
    "the solver alone agrees with the definition",
    arguments: [OrderModel.sequential, .consistentPrefix])
  func twin(model: OrderModel) throws {
    var random = RandomHistories(seed: 45)
    var (holding, violated) = (0, 0)
    for _ in 0..<Twins.count(3_000) {
      let entries = random.registers(
        unique: true, keys: 1 + random.generator.below(2), most: 8, wrong: 75,
        cas: random.generator.pick([0, 25]), info: 10, fail: 4,
        processes: random.generator.pick([2, 3]), reads: 55, changed: 40)
      guard let answer = solve(model, History(entries)) else { continue }
      let holds = BruteCausal(entries: entries, model: model.rawValue).holds()
      holding += holds ? 1 : 0
      violated += holds ? 0 : 1
      #expect(answer == (holds ? .holds : .violated), "\(History(entries).picture)")
    }
    #expect(holding > 100 && violated > 20, "\(holding) hold, \(violated) are violated")
  }

  /// What fifty processes did, each in bursts of up to forty operations, told by clocks that say nothing of that.
  private func drifting(_ seed: Int, staleReads: Int) -> History {
    var random = SmallGenerator(seed)
    let (processes, each, keys) = (50, 20, 20)
    var programs = [[Entry]](repeating: [], count: processes)
    var log = [[Value]](repeating: [], count: keys)
    var waiting = Array(0..<processes)
    var written: Value = 0
    while !waiting.isEmpty {
      let place = random.below(waiting.count)
      let process = waiting[place]
      for _ in 0...random.below(40) where programs[process].count < each {
        let key = random.below(keys)
        let step = programs[process].count
        let call = Int64(2 * (step * processes + process))
        var entry = Entry(
          process: Int32(process), function: .read, key: Key(key), shape: .none, call: call,
          return: call + 1)
        if random.below(3) == 0 {
          written += 1
          log[key].append(written)
          (entry.function, entry.shape, entry.value) = (.write, .scalar, written)
        } else if let value = log[key].dropLast(random.below(300) < staleReads ? 1 : 0).last {
          (entry.shape, entry.value) = (.scalar, value)
        }
        programs[process].append(entry)
      }
      if programs[process].count == each { waiting.remove(at: place) }
    }
    return History(programs.joined().sorted { $0.call < $1.call })
  }

  @Test(
    "a thousand operations of fifty processes, far from real time",
    arguments: ["sequential", "consistent-prefix"])
  func drift(name: String) throws {
    let checker = try #require(Checkers.named(name)).init()
    var violated = 0
    for seed in 1...8 {
      let verdict = checker.check(drifting(seed, staleReads: 0), Facts(), Budget())
      #expect(verdict.validity == .holds, "\(verdict)")
      let broken = checker.check(drifting(seed, staleReads: 3), Facts(), Budget())
      #expect(broken.validity != .unknown, "\(broken)")
      violated += broken.validity == .violated ? 1 : 0
    }
    #expect(violated > 0)
  }
}
