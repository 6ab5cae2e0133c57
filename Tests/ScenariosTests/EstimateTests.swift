// Intervals against published values, and against what they claim.

import Testing

@testable import Scenarios

@Suite struct EstimateTests {
  /// Wilson's interval, values to four digits from its formula by hand (and in any table of it).
  @Test(arguments: [
    (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (8, 10, 0.4902, 0.9433),
    (1, 1, 0.2065, 1.0), (95, 100, 0.8882, 0.9785),
  ])
  func sharesAreWilsons(_ count: Int, _ total: Int, _ low: Double, _ high: Double) throws {
    let interval = try #require(Interval.ofShare(count, of: total))
    #expect(abs(interval.low - low) < 0.000_1)
    #expect(abs(interval.high - high) < 0.000_1)
  }

  @Test func nothingHasNoInterval() {
    #expect(Interval.ofShare(0, of: 0) == nil)
    #expect(Interval.ofMedian([]) == nil)
    #expect(Interval.ofMedian([1, 2, 3, 4, 5]) == nil)
  }

  /// The ranks of textbooks' tables for the median at 95 %.
  @Test(arguments: [(5, 0), (6, 1), (8, 1), (9, 2), (10, 2), (12, 3), (20, 6), (30, 10), (100, 40)])
  func mediansLieBetweenTheRanksOfTheTables(_ count: Int, _ rank: Int) {
    #expect(Interval.rank(of: count) == rank)
    guard rank > 0 else { return }
    let values = (1...count).map(Double.init)
    #expect(
      Interval.ofMedian(values) == Interval(low: Double(rank), high: Double(count + 1 - rank)))
  }

  /// Of all 2^n ways in which n values fall on either side of the median, at least 95 % are caught, and with
  /// one rank more fewer would be.
  @Test func ranksKeepTheirPromise() {
    func caught(_ count: Int, _ rank: Int) -> Double {
      var caught = 0
      for pattern in 0..<(1 << count) {
        let below = pattern.nonzeroBitCount
        if below >= rank, below <= count - rank { caught += 1 }
      }
      return Double(caught) / Double(1 << count)
    }
    for count in 6...14 {
      let rank = Interval.rank(of: count)
      #expect(caught(count, rank) >= 0.95)
      #expect(caught(count, rank + 1) < 0.95)
    }
  }

  @Test func ranksGrowSmoothlyPastTheLastExactOne() {
    #expect(abs(Interval.rank(of: 1_001) - Interval.rank(of: 1_000)) <= 1)
  }

  @Test func quantilesAreOfTheNearestRank() {
    let spread = Spread([5, nil, 1, 3, 2, .infinity, 4])
    #expect(spread.values == [1, 2, 3, 4, 5, .infinity])
    #expect(spread.missing == 1)
    #expect(spread.median == 3)
    #expect(spread.quantile(0.95) == .infinity)
    #expect(spread.quantile(0) == 1)
    #expect(spread.interval == Interval(low: 1, high: .infinity))
    #expect(Spread([nil, nil]).median == nil)
    #expect(Spread((1...20).map { Double($0) }).quantile(0.95) == 19)
  }
}
