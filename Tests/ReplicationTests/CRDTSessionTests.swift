// Session guarantees of last-writer-wins registers under the hybrid clock, as clients see them,
// with clocks that jump, crashes and partitions; and the promise that is not made, broken.
//
// Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", section 3.

import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct CRDTSessionTests {
  private struct Broken: Equatable {
    var readYourWrites = 0
    var monotonicReads = 0
    var monotonicWrites = 0
    var writesFollowReads = 0
    var judged = 0
  }

  @Test func promisedWithTheHybridClock() {
    var sum = Broken()
    for seed in 0..<150 as Range<UInt64> { judge(seed, "hybrid", &sum) }
    #expect(sum.judged > 5_000)
    sum.judged = 0
    #expect(sum == Broken())
  }

  /// The same runs with the wall clock break what it does not promise, so the judge is awake. By
  /// versions a client whose write is dropped at once reads a greater one, so this judge does not
  /// object to that; `CRDTStoryTests.aSlowClock` shows what the client sees.
  @Test func brokenWithTheWallClock() {
    var sum = Broken()
    for seed in 0..<40 as Range<UInt64> { judge(seed, "wall", &sum) }
    #expect(sum.monotonicWrites > 0)
    #expect(sum.writesFollowReads > 0)
    #expect(sum.monotonicReads == 0, "a register only grows, whatever the clock")
  }

  /// Judges sessions by versions: a version is a write's place in its key's order.
  private func judge(_ seed: UInt64, _ clock: String, _ broken: inout Broken) {
    let harness = CRDTHarness(
      seed: seed, regions: 3, [("clock", clock), ("anti-entropy", "200ms")], wire: .rough,
      clients: 6, offsets: [.zero, .seconds(3), .seconds(-2)])
    var made: Int64 = 0
    harness.clients.next = { random, _ in
      guard made < 120 else { return nil }
      made += 1
      let key = Key(random.below(2))
      return random.chance(.percent(50)) ? .write(key, made) : .read(key, .register)
    }
    harness.planFaults(over: .seconds(1))
    harness.startClients()
    harness.run(.seconds(3))
    var sessions: [UInt32: (written: [Key: Version], read: [Key: Version])] = [:]
    for record in harness.clients.records.sorted(by: { $0.called < $1.called }) {
      guard case .ok(_, let version?) = record.outcome else { continue }
      var session = sessions[record.client] ?? ([:], [:])
      broken.judged += 1
      switch record.operation {
      case .write(let key, _):
        if let earlier = session.written[key], version <= earlier { broken.monotonicWrites += 1 }
        if let earlier = session.read[key], version <= earlier { broken.writesFollowReads += 1 }
        session.written[key] = version
      case .read(let key, _):
        if let earlier = session.written[key], version < earlier { broken.readYourWrites += 1 }
        if let earlier = session.read[key], version < earlier { broken.monotonicReads += 1 }
        session.read[key] = version
      default: break
      }
      sessions[record.client] = session
    }
  }

  /// Why no-lost-writes is not promised: in a partition the clock of region 1 is 50 ms behind, so
  /// its acknowledged write, asked for after region 0's was acknowledged, loses.
  @Test func aLaterWriteCanLose() {
    let harness = CRDTHarness(regions: 2, offsets: [.milliseconds(50)])
    harness.run(.seconds(1))
    harness.act(.install(Cut(), on: .around(.region(Region.ID(0))), tag: 1))
    guard case .ok(.done, let first?) = harness.ask(.write(1, 10), at: 0),
      case .ok(.done, let second?) = harness.ask(.write(1, 20), at: 1)
    else {
      Issue.record("a write was not acknowledged")
      return
    }
    #expect(second < first)
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
    for region in 0..<2 {
      #expect(harness.ask(.read(1, .register), at: region) == .ok(.value(10), first))
    }
  }

  @Test func promises() {
    let topology = Topology(["a", "b", "c"])
    func promises(_ options: [(String, String)]) -> Set<Guarantee> {
      CRDTHarness.strategy(options, in: topology).promises(in: topology)
    }
    let sessions: Set<Guarantee> = [
      .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads,
    ]
    let all: Set<Guarantee> = [.converged, .counter, .set]
    #expect(promises([]) == sessions.union(all))
    for exchange in ["delta", "state"] {
      #expect(promises([("exchange", exchange)]) == sessions.union(all))
    }
    #expect(promises([("clock", "wall")]) == all)
    #expect(promises([("conflict-unit", "row")]) == all)
    #expect(promises([("register", "multi-value")]) == all.union([.noLostWrites]))
    #expect(promises([("register", "multi-value"), ("set", "remove-wins")]) == all)
    #expect(promises([("counter", "none")]) == sessions.union([.converged, .set]))
    #expect(
      promises([("delivery", "any-order")]) == [.counter, .readYourWrites, .monotonicReads])
    #expect(promises([("delivery", "at-least-once")]) == [.readYourWrites, .monotonicReads])
    #expect(promises([("resync", "false")]) == sessions)
    #expect(promises([("tombstones", "10s")]) == sessions.union([.counter]))
    #expect(promises([("tombstones", "keep")]) == sessions.union(all))
  }
}
