// What the exchanges by deltas and states, escrow, lists and forgetting are for, in small worlds with faults.

import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct CRDTExchangeTests {
  private func value(_ outcome: Outcome) -> Answer? {
    if case .ok(let answer, _) = outcome { answer } else { nil }
  }

  /// Random updates of every type under random faults: regions end equal, and every acknowledged
  /// increment counts once.
  @Test(arguments: ["operation", "delta", "state"])
  func convergesUnderFaults(exchange: String) throws {
    var refused = 0
    for seed in 0..<40 as Range<UInt64> {
      let harness = CRDTHarness(
        seed: seed, regions: 3,
        [
          ("exchange", exchange), ("anti-entropy", "200ms"), ("counter", "bounded"),
          ("set", seed % 2 == 0 ? "remove-wins" : "add-wins"),
          ("register", seed % 3 == 0 ? "multi-value" : "lww"),
        ], wire: .rough, clients: 6)
      var made: Int64 = 0
      harness.clients.next = { random, _ in
        guard made < 150 else { return nil }
        made += 1
        let key = Key(random.below(2))
        switch random.below(6) {
        case 0: return .write(key, made)
        case 1: return .increment(key, by: Value(random.below(5)) - 2, floor: 0)
        case 2: return .insert(key, Value(random.below(4)))
        case 3: return .remove(key, Value(random.below(4)))
        case 4: return .append(key, Value(random.below(4)))
        default: return .read(key, .counter)
        }
      }
      harness.planFaults(over: .seconds(1))
      harness.startClients()
      harness.run(.seconds(3))
      harness.world.healEverything()
      let quiet = harness.quiesce(within: .seconds(30))
      _ = try #require(quiet, "\(exchange) seed \(seed): \(harness.unfinished)")
      for key in 0..<2 as Range<Key> {
        for type in DataType.allCases {
          let answers = (0..<3).map {
            harness.types.read(key, type, in: harness.world.stores[$0]).0
          }
          #expect(answers.allSatisfy { $0 == answers[0] }, "\(exchange) seed \(seed) \(type)")
        }
        guard
          case .value(let sum) = harness.types.read(key, .counter, in: harness.world.stores[0]).0
        else { continue }
        #expect((sum ?? 0) >= 0, "\(exchange) seed \(seed)")
        expectCounted(harness.clients.records, key, sum ?? 0, "\(exchange) seed \(seed)")
      }
      refused += harness.clients.records.count { $0.failed }
      let isSound = harness.world.defects.isEmpty
      #expect(isSound)
    }
    #expect(refused > 0)
  }

  private func expectCounted(
    _ records: [CRDTRecord], _ key: Key, _ sum: Value, _ title: String
  ) {
    var (low, high): (Value, Value) = (0, 0)
    for record in records where !record.failed {
      guard case .increment(key, let amount, _) = record.operation else { continue }
      low += record.isAcknowledged ? amount : min(0, amount)
      high += record.isAcknowledged ? amount : max(0, amount)
    }
    #expect(low <= sum && sum <= high, "\(title): \(sum) is not in \(low)...\(high)")
  }

  /// Five to sell, known in both regions, a cut between them: three and three cannot both be sold.
  @Test(arguments: ["operation", "delta", "state"])
  func escrowSellsNoMoreThanThereIs(exchange: String) {
    let harness = CRDTHarness(
      regions: 2, [("exchange", exchange), ("counter", "bounded"), ("anti-entropy", "200ms")])
    #expect(harness.ask(.increment(1, by: 5, floor: 0), at: 0) == .ok(.done, nil))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    let sale = Operation.increment(1, by: -3, floor: 0)
    #expect(harness.ask(sale, at: 1) == .fail(.notServing), "the rights are all in region 0")
    harness.run(.seconds(2))
    #expect(harness.ask(sale, at: 1) == .ok(.done, nil), "region 0 gave what was lacking")
    harness.act(.install(Cut(), on: .around(.region(Region.ID(0))), tag: 1))
    #expect(harness.ask(sale, at: 0) != .ok(.done, nil))
    #expect(harness.ask(sale, at: 1) == .fail(.conditionFailed))
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    for region in 0..<2 {
      #expect(harness.ask(.read(1, .counter), at: region) == .ok(.value(2), nil))
    }
  }

  /// What one author appends stays together, wherever it is read.
  @Test func appendsOfAnAuthorStayTogether() {
    let harness = CRDTHarness(regions: 2)
    _ = harness.ask(.append(1, 0), at: 0)
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    harness.act(.install(Cut(), on: .around(.region(Region.ID(0))), tag: 1))
    for step in 1...3 as ClosedRange<Value> {
      _ = harness.ask(.append(1, step), at: 0)
      _ = harness.ask(.append(1, 10 * step), at: 1)
    }
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    for region in 0..<2 {
      let list = value(harness.ask(.read(1, .list), at: region))
      #expect(list == .values([0, 10, 20, 30, 1, 2, 3]))
    }
  }

  /// Once all regions have everything, neither the log nor tombstones remain; while one is cut off, both do.
  @Test(arguments: ["operation", "delta", "state"])
  func whatIsStableIsForgotten(exchange: String) {
    let harness = CRDTHarness(
      regions: 3,
      [
        ("exchange", exchange), ("anti-entropy", "200ms"),
        ("set", exchange == "operation" ? "remove-wins" : "add-wins"),
      ])
    harness.act(.install(Cut(), on: .around(.region(Region.ID(2))), tag: 1))
    for element in 0..<5 as Range<Value> {
      _ = harness.ask(.insert(1, element), at: 0)
      _ = harness.ask(.append(1, element), at: 0)
      _ = harness.ask(.remove(1, element), at: 0)
    }
    harness.run(.seconds(5))
    let store = harness.world.stores[0]
    let layout = CRDT.Layout(harness.strategy, in: harness.topology)
    let replicated = layout.types.set.tables + layout.types.list.tables
    let forgettable = replicated + (exchange == "operation" ? [layout.log.table] : [])
    let kept = forgettable.allSatisfy { !store.rows($0).isEmpty }
    #expect(kept, "region 2 has not heard of it")
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    harness.run(.seconds(5))
    for region in 0..<3 {
      let left = forgettable.flatMap { harness.world.stores[region].rows($0) }
      #expect(left.isEmpty)
    }
  }
}
