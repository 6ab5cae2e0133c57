// What a few seeds say about all of them. Seeds are independent draws, so the classical intervals hold, and
// those that assume no distribution are chosen, since a time to recover is nothing like normal.
//
// Shares: Wilson's score interval (Wilson, "Probable Inference, the Law of Succession, and Statistical
// Inference", 1927), which is right for 0 and n of n, too. Medians: between two order statistics, by the
// binomial distribution (David and Nagaraja, "Order Statistics", section 7.1); 6 seeds are the fewest for 95 %.
// No draws: the same runs always give the same table.

/// An interval that holds the true figure in at least 95 of 100 such samples.
public struct Interval: Sendable, Hashable {
  public let low: Double
  public let high: Double

  /// Of the share of which `count` of `total` are a sample; nil of nothing.
  public static func ofShare(_ count: Int, of total: Int) -> Interval? {
    guard total > 0 else { return nil }
    // The 97.5th percentile of the normal distribution.
    let z = 1.959_963_985
    let (n, share) = (Double(total), Double(count) / Double(total))
    let spread = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    return Interval(
      low: count == 0 ? 0 : middle - spread, high: count == total ? 1 : middle + spread)
  }

  /// Of the median of what ascending values are a sample of; nil of fewer than 6.
  public static func ofMedian(_ sorted: [Double]) -> Interval? {
    let rank = rank(of: sorted.count)
    guard rank > 0 else { return nil }
    return Interval(low: sorted[rank - 1], high: sorted[sorted.count - rank])
  }

  /// The greatest k for which the k-th least and the k-th greatest of n values lie on either side of the
  /// median in at least 95 of 100 samples; 0 if there is none.
  static func rank(of count: Int) -> Int {
    // Beyond, 2^-n is no longer a number; the normal approximation is then good to a rank.
    guard count <= 1_000 else { return Int(Double(count) / 2 - 0.98 * Double(count).squareRoot()) }
    var term = 1.0
    for _ in 0..<count { term /= 2 }
    var (below, rank) = (0.0, 0)
    while rank < count {
      below += term
      if below > 0.025 { break }
      term *= Double(count - rank) / Double(rank + 1)
      rank += 1
    }
    return rank
  }
}

/// One figure over the seeds in which it could be measured.
public struct Spread: Sendable, Hashable {
  /// In ascending order; infinite where something never happened.
  public let values: [Double]
  /// Seeds in which there was nothing to measure.
  public let missing: Int

  public init(_ values: [Double?]) {
    self.values = values.compactMap { $0 }.sorted()
    missing = values.count - self.values.count
  }

  /// The value of the nearest rank: the least that a share of all do not exceed; nil of nothing.
  public func quantile(_ share: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let rank = Int((share * Double(values.count)).rounded(.up))
    return values[min(max(rank, 1), values.count) - 1]
  }

  public var median: Double? { quantile(0.5) }
  /// For the median.
  public var interval: Interval? { Interval.ofMedian(values) }
}
