// Arrivals at random times: as many as were asked for, and not in steps.

import Simulation
import Testing

@testable import Scenarios

@Suite struct LoadTests {
  @Test func intervalsHaveTheirMean() {
    var random = Random(seed: 5)
    let intervals = (0..<100_000).map { _ in
      random.interval(mean: .milliseconds(100)).nanoseconds
    }
    let mean = Double(intervals.reduce(0, +)) / 100_000
    #expect(abs(mean / 100e6 - 1) < 0.01, "\(mean)")
    #expect(Set(intervals).count > 50_000)
  }
}
