// The primary with followers: happy paths, failover with and without fencing, undoing, restarts, and
// many random runs under faults.

import Histories
import Replication
import Simulation
import Testing

/// What must be equal everywhere in the end.
private let data = ["registers", "members", "sets", "log", "reigns"]

private func lab(
  _ settings: KeyValuePairs<String, String> = [:], regions: Int = 3, seed: UInt64 = 1,
  wires: Wires = Wires()
) throws -> Lab<AsyncPrimary> {
  try Lab(AsyncPrimary.self, settings, regions: regions, seed: seed, wires: wires)
}

@Suite struct AsyncPrimaryHappyPaths {
  @Test(
    arguments: ["local", "one", "all"], [1, 2, 3, 5])
  func everyOperation(acknowledge: String, regions: Int) throws {
    let wires = Wires(latency: .constant(.milliseconds(40)))
    let lab = try lab(["acknowledge": acknowledge], regions: regions, wires: wires)
    #expect(lab.read(1) == .value(nil))
    #expect(lab.write(1, 10) == .ok(.done, Version(Int64(regions), 2)))
    #expect(lab.perform(.read(1, .register)) == .ok(.value(10), Version(Int64(regions), 2)))
    #expect(lab.answer(.compareAndSet(1, expected: 10, new: 11)) == .done)
    #expect(lab.perform(.compareAndSet(1, expected: 10, new: 12)) == .fail(.conditionFailed))
    #expect(lab.perform(.compareAndSet(9, expected: 0, new: 12)) == .fail(.conditionFailed))
    #expect(lab.answer(.increment(2, by: 5, floor: nil)) == .done)
    #expect(lab.answer(.increment(2, by: -5, floor: 0)) == .done)
    #expect(lab.perform(.increment(2, by: -1, floor: 0)) == .fail(.conditionFailed))
    #expect(lab.answer(.read(2, .counter)) == .value(0))
    #expect(lab.answer(.insert(3, 7)) == .done)
    #expect(lab.answer(.insert(3, 5)) == .done)
    #expect(lab.answer(.remove(3, 7)) == .done)
    #expect(lab.answer(.remove(3, 8)) == .done)
    #expect(lab.answer(.read(3, .set)) == .values([5]))
    let inside: [Operation] = [
      .read(3, .set), .insert(3, 1), .remove(3, 5), .read(3, .set), .write(1, 20),
      .read(1, .register), .increment(2, by: 3, floor: 0), .increment(2, by: -3, floor: 0),
    ]
    #expect(
      lab.answer(.transaction(inside))
        == .steps([
          .values([5]), .done, .done, .values([1]), .done, .value(20), .done, .done,
        ]))
    let half = Operation.transaction([.write(1, 99), .compareAndSet(1, expected: 98, new: 1)])
    #expect(lab.perform(half) == .fail(.conditionFailed))
    #expect(lab.read(1) == .value(20))
    #expect(lab.perform(.transaction([.transaction([])])) == .fail(.unsupported))
    #expect(lab.perform(.transaction([])) == .ok(.steps([]), nil))
    lab.expectConverged(data)
    #expect(lab.rows("members", at: regions - 1).map { $0.prefix(2) } == [[3, 1]])
    #expect(lab.tally(.retransmissions) == 0)
    #expect(lab.tally(.promotions) == 0)
  }

  @Test func acknowledgementsWaitForThatMany() throws {
    for (rule, cut, answers) in [
      ("local", [1, 2], true), ("one", [1], true), ("one", [1, 2], false), ("all", [1], false),
    ] {
      let lab = try lab(["acknowledge": rule])
      _ = lab.settle()
      lab.cut([0], cut)
      #expect((lab.write(1, 1) != nil) == answers, "\(rule) without \(cut)")
      // Until it is acknowledged, nobody may see it either.
      #expect((lab.read(1) != nil) == answers)
      #expect(lab.read(2) == .value(nil))
      lab.heal()
      lab.expectConverged(data)
      #expect(lab.clients.conversations.allSatisfy { $0.outcome != nil })
      #expect(lab.read(1) == .value(1))
    }
  }

  @Test func forwardsToThePrimaryOnce() throws {
    let lab = try lab(["primary": "r1", "acknowledge": "one"])
    #expect(lab.primary == 1)
    #expect(lab.write(1, 10, at: 0) == .ok(.done, Version(4, 2)))
    #expect(lab.read(1, at: 2) == .value(10))
    let fails = Operation.compareAndSet(1, expected: 9, new: 1)
    #expect(lab.perform(fails, at: 2) == .fail(.conditionFailed))
    lab.install(Duplicate(.always, within: .seconds(1)), on: .around(.region(Region.ID(1))))
    lab.install(Duplicate(.always, within: .seconds(1)), on: .clients(of: .region(Region.ID(0))))
    for _ in 0..<20 { lab.ask(.increment(5, by: 1, floor: nil), at: 0) }
    lab.run(for: .seconds(5))
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.answer(.read(5, .counter), at: 2) == .value(20))
    lab.node(1).crash()
    #expect(lab.write(1, 11, at: 0) == nil)
    #expect(lab.write(1, 11, at: 1) == .fail(.unavailable))
  }

  @Test func readsLocallyWhereItIsTold() throws {
    let lab = try lab(["reads": "local"])
    lab.write(1, 10)
    lab.expectConverged(data)
    lab.node(2).isolate()
    lab.write(1, 11)
    #expect(lab.perform(.read(1, .register), at: 2) == .ok(.value(10), Version(3, 2)))
    #expect(lab.read(1, at: 0) == .value(11))
    #expect(lab.settle(within: .seconds(5)) != [])
    lab.heal()
    lab.expectConverged(data)
    #expect(lab.read(1, at: 2) == .value(11))
  }

  @Test func followerFarBehindCatchesUp() throws {
    let lab = try lab(["batch": "7"], regions: 2)
    lab.node(1).crash()
    for value in 0..<500 { lab.ask(.write(Key(value % 10), Value(value))) }
    lab.ask(.transaction((0..<30).map { .insert(3, Value($0)) }))
    lab.run(for: .seconds(10))
    lab.node(1).restart()
    lab.expectConverged(data, within: .seconds(6))
    #expect(lab.rows("members", at: 1).count == 30)
  }

  @Test func optionsThatDoNotFit() {
    #expect(throws: OptionsRefused.self) { try lab(["lease": "600ms"]) }
    #expect(throws: OptionsRefused.self) { try lab(["acknowledge": "two"]) }
  }
}
