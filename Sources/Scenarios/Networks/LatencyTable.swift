// Measured round trips between the regions of a cloud, and what a simulated link takes from them.
//
// One way is half the round trip. No provider publishes 99th percentiles for region pairs; public
// ping data (minimum, average, maximum over 20 regions, 2020) fit a shifted log-normal whose p99
// lies max(3 ms, 5 %) above the median of the round trip. In 16 of the 722 pairs some ping took 20 ms or
// more beyond the average (43 ms in the median); the deviations say that each pair was pinged some 1,700
// times. Hence rare spikes of 50 ms, on 7 in a million packets each way. That is our model, not a measurement.
//
// Pings: vitorenesduarte/fantoch, latency_aws/2020_06_05 and latency_gcp.

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

  /// How many packets meet a spike, in our model.
  public static let spikes = Ratio(partsPerBillion: 7_000)

  /// A link's delay: half the round trip, with the tail of our model.
  public func oneWay(
    from: String, to: String, spikes: Ratio = LatencyTable.spikes
  ) -> Latency? {
    roundTrip(from: from, to: to).map { .tailed(roundTrip: $0, spikes: spikes) }
  }
}

extension Latency {
  /// Half of a median round trip, with the tail of our model.
  static func tailed(roundTrip: Duration, spikes: Ratio = LatencyTable.spikes) -> Latency {
    let tail = max(.milliseconds(3), roundTrip / 20)
    return .tailed(median: roundTrip / 2, p99: (roundTrip + tail) / 2, spikes: spikes)
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
