// Anti-entropy alone: how soon a system is known to be equal, what it costs when nothing is wrong,
// and that it ends when much is.

import Histories
import Simulation
import Testing

@testable import Replication

@Suite struct CRDTAntiEntropyTests {
  @Test(arguments: [2, 3, 7, 64])
  func aHealthySystemIsSoonKnownToBeEqual(regions: Int) throws {
    let harness = CRDTHarness(seed: 5, regions: regions, [("anti-entropy", "1s")])
    for region in 0..<regions { _ = harness.ask(.increment(1, by: 1, floor: nil), at: region) }
    let unfinished = harness.unfinished
    #expect(!unfinished.isEmpty)
    let took = try #require(harness.quiesce(within: .seconds(30)))
    #expect(took < .seconds(5))
    let sent = harness.tally(.retransmissions)
    #expect(sent == 0, "nothing was lost, so nothing is sent again")
    harness.run(.seconds(10))
    let later = harness.unfinished
    #expect(later.isEmpty)
    #expect(harness.ask(.read(1, .counter), at: 0) == .ok(.value(Value(regions)), nil))
  }

  @Test func aSingleRegionIsAlwaysFinished() {
    let harness = CRDTHarness(regions: 1)
    for value in 0..<5 as Range<Value> {
      _ = harness.ask(.write(1, value), at: 0)
      let unfinished = harness.unfinished
      #expect(unfinished.isEmpty)
    }
  }

  /// A steady load over a sound network: what is under way is not taken for missing.
  @Test func nothingIsSentAgainWithoutLoss() {
    let harness = CRDTHarness(seed: 3, regions: 3, clients: 6)
    var made: Int64 = 0
    harness.clients.next = { _, _ in
      made += 1
      return .write(1, made)
    }
    harness.startClients()
    harness.run(.seconds(10))
    #expect(made > 500)
    #expect(harness.tally(.retransmissions) == 0)
  }

  /// Hundreds of operations on both sides of a cut, three in a batch.
  @Test func aLongCutHealsInSmallBatches() throws {
    let harness = CRDTHarness(seed: 9, regions: 3, [("batch", "3")])
    harness.act(.install(Cut(), on: .around(.region(Region.ID(2))), tag: 1))
    for number in 0..<100 as Range<Value> {
      // Causes alternate between regions 0 and 1, so that no order but a causal one helps.
      _ = harness.ask(.insert(1, number), at: Int(number % 2))
      _ = harness.ask(.insert(1, 1_000 + number), at: 2)
      if number % 10 == 0 { harness.run(.milliseconds(60)) }
    }
    harness.act(.remove(tag: 1))
    let took = try #require(harness.quiesce(within: .seconds(60)))
    #expect(took < .seconds(15))
    #expect(harness.data(2) == harness.data(0))
    #expect(harness.data(1) == harness.data(0))
    let sent = harness.tally(.retransmissions)
    #expect(sent >= 300, "region 2 lacked 100, regions 0 and 1 lacked 100 each")
    #expect(sent < 600)
  }

  /// A region is down for long, and what waited in its memory is gone.
  @Test func aRegionComesBack() {
    let harness = CRDTHarness(seed: 4, regions: 3)
    harness.act(.install(Cut(), on: .links([Link.ID(0 * 3 + 2)]), tag: 1))
    _ = harness.ask(.write(1, 1), at: 0)
    harness.run(.milliseconds(100))
    _ = harness.ask(.write(1, 2), at: 1)
    harness.run(.milliseconds(100))
    let waiting = harness.unfinished.contains { $0.hasPrefix("r2: 1 operations wait") }
    #expect(waiting)
    harness.act(.crash(.region(Region.ID(2))))
    _ = harness.ask(.write(1, 3), at: 1)
    #expect(harness.ask(.read(1, .register), at: 2) == .fail(.unavailable))
    harness.run(.seconds(5))
    harness.act(.restart(.region(Region.ID(2))))
    harness.run(.seconds(10))
    let read = harness.ask(.transaction([.read(1, .register)]), at: 2)
    #expect(read == .ok(.steps([.value(3)]), nil), "region 1 passed on what region 0 cannot")
    #expect(!harness.unfinished.isEmpty, "region 2 hears nothing from region 0 itself")
    harness.act(.remove(tag: 1))
    #expect(harness.quiesce(within: .seconds(10)) != nil)
  }

  @Test func theSameSeedGivesTheSameRun() {
    func digest(_ seed: UInt64) -> String {
      let harness = CRDTHarness(seed: seed, regions: 3, wire: .rough, clients: 6)
      var made: Int64 = 0
      harness.clients.next = { random, _ in
        made += 1
        return .insert(Key(random.below(3)), made)
      }
      harness.planFaults(over: .seconds(1))
      harness.startClients()
      harness.run(.seconds(3))
      return harness.world.digest.text
    }
    #expect(digest(1) == digest(1))
    #expect(digest(1) != digest(2))
  }
}
