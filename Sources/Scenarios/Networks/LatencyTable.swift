// Measured round trips between the regions of a cloud, and what a simulated link takes from them.
//
// One way is half the round trip. No provider publishes 99th percentiles for region pairs; public
// ping data (minimum, average, maximum over 20 regions, 2020) fit a shifted log-normal whose p99
// lies max(3 ms, 5 %) above the median of the round trip. That is our model, not a measurement.

import Simulation

/// A matrix of median round trips.
public struct LatencyTable: Sendable {
  /// The preset's name in scenarios.
  public let name: String
  /// Who measured it: title, address and date.
  public let source: String
  public let address: String
  public let date: String
  /// Regions in the table's order.
  public let regions: [String]
  /// Row by row, tenths of a millisecond; nil where nobody measured.
  private let tenths: [Int?]

  init(
    name: String, source: String, address: String, date: String, regions: String, tenths: String
  ) {
    self.name = name
    self.source = source
    self.address = address
    self.date = date
    self.regions = regions.split { $0 == " " || $0 == "\n" }.map(String.init)
    self.tenths = tenths.utf8.split { $0 == 0x20 || $0 == 0x0a }.map { digits in
      digits.first == UInt8(ascii: "-") ? nil : digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    precondition(self.tenths.count == self.regions.count * self.regions.count, "\(name): ragged")
  }

  /// The median round trip from one region to another; the way back's if only that was measured.
  public func roundTrip(from: String, to: String) -> Duration? {
    guard from != to, let row = regions.firstIndex(of: from),
      let column = regions.firstIndex(of: to)
    else { return nil }
    let count = regions.count
    guard let figure = tenths[row * count + column] ?? tenths[column * count + row] else {
      return nil
    }
    return .microseconds(Int64(figure) * 100)
  }

  /// A link's delay: half the round trip, with the tail of our model.
  public func oneWay(from: String, to: String) -> Latency? {
    roundTrip(from: from, to: to).map { .tailed(roundTrip: $0) }
  }
}

extension Latency {
  /// Half of a median round trip, with the tail of our model.
  static func tailed(roundTrip: Duration) -> Latency {
    let tail = max(.milliseconds(3), roundTrip / 20)
    return .tailed(median: roundTrip / 2, p99: (roundTrip + tail) / 2)
  }
}

/// Where a network's latencies come from, unless a scenario gives them.
public enum NetworkPreset: String, Sendable, Hashable, CaseIterable {
  case none, aws, gcp, azure

  /// The measurements behind it.
  public var table: LatencyTable? {
    switch self {
    case .none: nil
    case .aws: .aws
    case .gcp: .gcp
    case .azure: .azure
    }
  }
}
