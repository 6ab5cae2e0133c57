import Simulation
import Testing

@testable import Replication

@Suite struct CRDTHybridClockTests {
  private func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }
  private func stamp(_ wall: Int64, _ logical: Int64) -> HybridClock.Timestamp {
    HybridClock.Timestamp(wall: wall, logical: logical)
  }

  @Test func followsTheWallClockWhenItCan() {
    var clock = HybridClock()
    #expect(clock.latest == nil)
    #expect(clock.tick(at(-5)) == stamp(-5, 0))
    #expect(clock.tick(at(10)) == stamp(10, 0))
    #expect(clock.tick(at(10)) == stamp(10, 1))
    #expect(clock.tick(at(11)) == stamp(11, 0))
  }

  @Test func neverGoesBack() {
    var clock = HybridClock()
    _ = clock.tick(at(100))
    #expect(clock.tick(at(3)) == stamp(100, 1))
    clock.merge(stamp(200, 7))
    #expect(clock.tick(at(150)) == stamp(200, 8))
    clock.merge(stamp(150, 90))
    #expect(clock.tick(at(151)) == stamp(200, 9))
    #expect(clock.tick(at(201)) == stamp(201, 0))
  }

  /// Random regions with clocks that jump: what happened before has the smaller timestamp, and the
  /// wall part is a reading that somebody really had.
  @Test func respectsCausality() {
    for seed in 0..<200 as Range<UInt64> {
      var random = Random(seed: seed)
      var clocks = Array(repeating: HybridClock(), count: 4)
      var pasts: [Set<Int>] = Array(repeating: [], count: 4)
      var stamps: [HybridClock.Timestamp] = []
      var pastOf: [Set<Int>] = []
      var readings: Set<Int64> = []
      for _ in 0..<60 {
        let region = random.below(4)
        if random.chance(.percent(40)), !stamps.isEmpty {
          let heard = random.below(stamps.count)
          clocks[region].merge(stamps[heard])
          pasts[region].insert(heard)
          pasts[region].formUnion(pastOf[heard])
        }
        let reading = random.within(-50...50)
        readings.insert(reading)
        let new = clocks[region].tick(at(reading))
        #expect(pasts[region].allSatisfy { stamps[$0] < new })
        #expect(readings.contains(new.wall))
        pastOf.append(pasts[region])
        pasts[region].insert(stamps.count)
        stamps.append(new)
      }
    }
  }
}
