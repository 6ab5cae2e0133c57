// The laws behind convergence, without a network: the same operations in any causal order give the
// same state; twice is once; and a replica makes a causal order out of any order.

import Histories
import Testing

@testable import Replication
@testable import Simulation

@Suite struct CRDTMergeLawTests {
  /// Random operations of four regions that hear of each other at random.
  private func history(_ random: inout Random, _ count: Int) -> [CRDT.Entry] {
    var vectors = Array(repeating: VersionVector(), count: 4)
    var clocks = Array(repeating: HybridClock(), count: 4)
    var entries: [CRDT.Entry] = []
    let kinds: [CRDT.Kind] = [.write, .increment, .insert, .remove]
    for number in 0..<count {
      let region = random.below(4)
      if random.chance(.percent(50)) {
        let other = random.below(4)
        vectors[region].merge(vectors[other])
        if let heard = clocks[other].latest { clocks[region].merge(heard) }
      }
      let entry = CRDT.Entry(
        origin: Region.ID(region), sequence: vectors[region][Region.ID(region)] + 1,
        kind: random.pick(kinds), key: Key(random.below(2)),
        value: random.chance(.percent(50)) ? Value(random.below(3)) : Value(number),
        timestamp: clocks[region].tick(Instant(nanoseconds: random.within(0...10))),
        seen: vectors[region])
      vectors[region][entry.origin] = entry.sequence
      entries.append(entry)
    }
    return entries
  }

  /// A random order in which everything comes after what it had seen.
  private func causalOrder(_ entries: [CRDT.Entry], _ random: inout Random) -> [CRDT.Entry] {
    var rest = entries
    var vector = VersionVector()
    var order: [CRDT.Entry] = []
    while !rest.isEmpty {
      let ready = rest.indices.filter { vector.includes(rest[$0].seen) }
      let entry = rest.remove(at: random.pick(ready))
      vector[entry.origin] = entry.sequence
      order.append(entry)
    }
    return order
  }

  private let topology = Topology(["a", "b", "c", "d"])

  private func state(_ store: MemoryStore, _ tables: [Table]) -> [[Row]] {
    tables.map { store.rows($0) }
  }

  @Test(arguments: ["lww", "multi-value"])
  func anyCausalOrderGivesTheSameState(register: String) {
    let strategy = CRDTHarness.strategy([("register", register)], in: topology)
    let schema = strategy.schema(in: topology)
    let tables = CRDT.Tables(strategy.register, in: topology)
    var differed = 0
    for seed in 0..<150 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let entries = history(&random, 30)
      var states: [[[Row]]] = []
      var orders: [[CRDT.Entry]] = []
      for _ in 0..<4 {
        let store = MemoryStore(schema)
        let order = causalOrder(entries, &random)
        for entry in order { _ = tables.apply(entry, to: store) }
        states.append(state(store, schema.tables))
        orders.append(order)
      }
      if orders[0] != orders[1] { differed += 1 }
      let isSame = states.allSatisfy { $0 == states[0] }
      #expect(isSame, "seed \(seed)")
    }
    #expect(differed > 100)
  }

  /// Everything twice or thrice and in any order, with crashes between: as once and in order.
  @Test(arguments: ["lww", "multi-value"])
  func anyOrderAnyNumberOfTimes(register: String) {
    let strategy = CRDTHarness.strategy([("register", register)], in: topology)
    let schema = strategy.schema(in: topology)
    for seed in 0..<150 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let entries = history(&random, 30)
      var states: [[[Row]]] = []
      for round in 0..<3 {
        let store = MemoryStore(schema)
        var node = Node<CRDT.Message>(
          region: Region.ID(3), topology: topology, store: store, random: Random(seed: seed),
          clock: Clock())
        var member = strategy.makeReplica(for: Region.ID(3), in: topology)
        member.start(&node)
        let deliveries = round == 0 ? entries : random.shuffled(entries + entries + entries)
        for entry in deliveries {
          let message = CRDT.Message(.update(entry), in: topology)
          member.receive(message, from: entry.origin, &node)
          if round == 2, random.chance(.percent(3)) {
            member = strategy.makeReplica(for: Region.ID(3), in: topology)
            member.start(&node)
          }
        }
        // What a crash took from the buffer comes again, once and in order.
        for entry in round == 2 ? entries : [] {
          member.receive(CRDT.Message(.update(entry), in: topology), from: entry.origin, &node)
        }
        #expect(member.buffer.count == 0)
        states.append(state(store, schema.tables))
      }
      let isSame = states.allSatisfy { $0 == states[0] }
      #expect(isSame, "seed \(seed)")
    }
  }

  /// What is missing comes in an order in which it can be delivered, however small the batches.
  @Test func batchesAreInCausalOrder() {
    let log = CRDT.OperationLog(0, in: topology)
    let schema = CRDTHarness.strategy([], in: topology).schema(in: topology)
    for seed in 0..<100 as Range<UInt64> {
      var random = Random(seed: seed, stream: "laws")
      let entries = history(&random, 40)
      let store = MemoryStore(schema)
      var mine = VersionVector()
      for entry in entries {
        log.append(entry, to: store)
        mine[entry.origin] = entry.sequence
      }
      var theirs = VersionVector()
      for entry in causalOrder(entries, &random).prefix(random.below(40)) {
        theirs[entry.origin] = entry.sequence
      }
      var isMore = theirs != mine
      while isMore {
        let limit = 1 + random.below(5)
        let batch = log.missing(from: theirs, upTo: mine, limit: limit, in: store)
        #expect(!batch.entries.isEmpty && batch.entries.count <= limit)
        for entry in batch.entries {
          #expect(theirs.includes(entry.seen))
          #expect(entry.sequence == theirs[entry.origin] + 1)
          theirs[entry.origin] = entry.sequence
        }
        isMore = batch.more
      }
      #expect(theirs == mine)
    }
  }
}
