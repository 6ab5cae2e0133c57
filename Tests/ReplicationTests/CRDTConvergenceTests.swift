// Runs of random operations under random faults, judged by what the data types mean: the final
// state must be the one that the definition gives for the set of operations, and that set must hold
// every acknowledged operation once.

import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct CRDTConvergenceTests {
  @Test(arguments: [(1, 60), (2, 60), (3, 240), (7, 120)])
  func convergesUnderFaults(regions: Int, seeds: Int) throws {
    var counts = Counts()
    for seed in 0..<UInt64(seeds) { try run(regions: regions, seed: seed, &counts) }
    // None of this would mean anything if nothing had happened.
    #expect(counts.acknowledged > seeds * 10)
    if regions > 1 {
      #expect(counts.unknown > 0)
      #expect(counts.conflicts > 0)
      #expect(counts.retransmissions > 0)
      #expect(counts.waited > 0)
    }
  }

  private struct Counts {
    var acknowledged = 0
    var unknown = 0
    var conflicts = 0
    var retransmissions = 0
    var waited = 0
  }

  private func run(regions: Int, seed: UInt64, _ counts: inout Counts) throws {
    let multiValue = seed % 2 == 1
    let wall = seed % 8 == 4
    let harness = CRDTHarness(
      seed: seed, regions: regions,
      [
        ("anti-entropy", "200ms"), ("batch", seed % 3 == 0 ? "3" : "200"),
        ("compact-log", "false"), ("set", seed % 5 < 2 ? "remove-wins" : "add-wins"),
        ("register", multiValue ? "multi-value" : "lww"),
      ] + (multiValue ? [] : [("clock", wall ? "wall" : "hybrid")]), wire: .rough,
      clients: max(3, regions))
    var made: Int64 = 0
    harness.clients.next = { random, _ in
      guard made < 100 else { return nil }
      made += 1
      let key = Key(random.below(3))
      switch random.below(5) {
      case 0: return .write(key, made)
      case 1: return .increment(key, by: random.chance(.percent(50)) ? made : -made, floor: nil)
      case 2: return .insert(key, Value(random.below(3)))
      case 3: return .remove(key, Value(random.below(3)))
      default: return .read(key, .register)
      }
    }
    harness.planFaults(over: .seconds(1))
    harness.startClients()
    for _ in 0..<20 {
      harness.run(.milliseconds(100))
      for region in 0..<regions {
        expectCausallyClosed(harness, region)
      }
      if harness.unfinished.contains(where: { $0.contains("wait for") }) {
        counts.waited += 1
      }
    }
    harness.world.healEverything()
    let quiet = harness.quiesce(within: .seconds(30))
    _ = try #require(quiet, "\(regions) regions, seed \(seed): \(harness.unfinished)")
    let defects = harness.world.defects
    #expect(defects.isEmpty)
    let data = harness.data(0)
    for region in 1..<max(1, regions) {
      let isEqual = harness.data(region) == data
      #expect(isEqual, "\(regions) regions, seed \(seed): \(region) differs")
    }
    let log = harness.log(0)
    expectAsDefined(harness, log)
    expectAsAsked(harness.clients.records, log, "\(regions) regions, seed \(seed)")
    if !wall { expectClocksGrow(log) }
    counts.acknowledged += harness.clients.records.count { $0.isAcknowledged }
    counts.unknown += harness.clients.records.count { !$0.isAcknowledged && !$0.failed }
    counts.conflicts += harness.tally(.conflicts)
    counts.retransmissions += harness.tally(.retransmissions)
  }

  /// At any moment: what an operation in the log had seen is in the log.
  private func expectCausallyClosed(_ harness: CRDTHarness, _ region: Int) {
    let store = harness.world.stores[region]
    let vector = CRDT.Layout(harness.strategy, in: harness.topology).context.load(in: store)
      .included
    let log = harness.log(region)
    let isClosed = log.allSatisfy { vector.includes($0.seen) }
    #expect(isClosed)
    for origin in harness.topology.ids {
      let sequences = log.filter { $0.origin == origin }.map(\.sequence)
      #expect(sequences == Array(1..<vector[origin] + 1))
    }
  }

  private func expectClocksGrow(_ log: [CRDT.Entry]) {
    let grow = log.allSatisfy { later in
      log.allSatisfy {
        !later.seen.includes($0.sequence, of: $0.origin) || $0.timestamp < later.timestamp
      }
    }
    #expect(grow)
  }

  /// The state of region 0 is what the definitions give for the operations of its log.
  private func expectAsDefined(_ harness: CRDTHarness, _ log: [CRDT.Entry]) {
    let store = harness.world.stores[0]
    let types = harness.types
    for key in 0..<3 as Range<Key> {
      let mine = log.filter { $0.key == key }
      let writes = mine.filter { $0.kind == .write }
      let read = types.read(key, .register, in: store)
      if harness.strategy.register == .lww {
        let last = writes.max { $0.version < $1.version }
        #expect(read.0 == .value(last?.value))
        #expect(read.1 == last?.version ?? .initial)
      } else {
        let latest = writes.filter { write in
          !writes.contains { $0.seen.includes(write.sequence, of: write.origin) }
        }
        let values = latest.map(\.value).sorted()
        #expect(read.0 == (values.count > 1 ? .values(values) : .value(values.first)))
      }
      let increments = mine.filter { $0.kind == .increment }
      let sum = increments.isEmpty ? nil : increments.reduce(0) { $0 + $1.value }
      #expect(types.read(key, .counter, in: store).0 == .value(sum))
      let removes = mine.filter { $0.kind == .remove }
      let inserts = mine.filter { insert in
        insert.kind == .insert
          && !removes.contains {
            $0.value == insert.value && $0.seen.includes(insert.sequence, of: insert.origin)
          }
          && (harness.strategy.set == .addWins
            || removes.allSatisfy { remove in
              remove.value != insert.value
                || mine.contains {
                  $0.kind == .insert && $0.value == insert.value
                    && $0.seen.includes(remove.sequence, of: remove.origin)
                }
            })
      }
      #expect(
        types.read(key, .set, in: store).0 == .values(Set(inserts.map(\.value)).sorted()))
    }
  }

  /// The log has what was acknowledged once, what is unknown at most once, and nothing else.
  private func expectAsAsked(_ records: [CRDTRecord], _ log: [CRDT.Entry], _ run: String) {
    struct Update: Hashable {
      let kind: CRDT.Kind
      let key: Key
      let value: Value
      let region: Region.ID
    }
    var least: [Update: Int] = [:]
    var most: [Update: Int] = [:]
    for record in records where !record.failed {
      let update: Update
      switch record.operation {
      case .write(let key, let value):
        update = Update(kind: .write, key: key, value: value, region: record.region)
      case .increment(let key, by: let value, floor: _):
        update = Update(kind: .increment, key: key, value: value, region: record.region)
      case .insert(let key, let value):
        update = Update(kind: .insert, key: key, value: value, region: record.region)
      case .remove(let key, let value):
        update = Update(kind: .remove, key: key, value: value, region: record.region)
      default: continue
      }
      most[update, default: 0] += 1
      if record.isAcknowledged { least[update, default: 0] += 1 }
    }
    var found: [Update: Int] = [:]
    for entry in log {
      let update = Update(
        kind: entry.kind, key: entry.key, value: entry.value, region: entry.origin)
      found[update, default: 0] += 1
    }
    for (update, count) in found { #expect(count <= most[update] ?? 0, "\(run): \(update)") }
    for (update, count) in least { #expect(count <= found[update] ?? 0, "\(run): \(update)") }
    expectSetsAsSeen(records, log, run)
  }

  /// Without looking at causes: an acknowledged insert that every remove had ended before is there;
  /// what is there was inserted.
  private func expectSetsAsSeen(_ records: [CRDTRecord], _ log: [CRDT.Entry], _ run: String) {
    let inserted = Set(log.filter { $0.kind == .insert }.map { [Int64($0.key), $0.value] })
    for record in records where record.isAcknowledged {
      guard case .insert(let key, let element) = record.operation else { continue }
      #expect(inserted.contains([Int64(key), element]), "\(run): lost insert")
      let canFollow = records.contains { other in
        guard other.operation == .remove(key, element), !other.failed else { return false }
        guard let returned = other.returned else { return true }
        return returned >= record.called
      }
      guard !canFollow else { continue }
      let alive = log.contains { insert in
        insert.kind == .insert && insert.key == key && insert.value == element
          && !log.contains {
            $0.kind == .remove && $0.key == key && $0.value == element
              && $0.seen.includes(insert.sequence, of: insert.origin)
          }
      }
      #expect(alive, "\(run): an insert was lost that no remove could follow")
    }
  }
}
