// What an import must know of the networks that scenarios have presets for. This module knows no scenario: its
// caller brings them.

/// Measured round trips between the regions of a cloud.
public protocol MeasuredNetwork: Sendable {
  /// The preset's name: aws, azure or gcp.
  var name: String { get }
  var regions: [String] { get }

  /// The median round trip, in microseconds; nil where nobody measured.
  func roundTripMicroseconds(from: String, to: String) -> Int64?
}

/// What a scenario says of its network: a preset, and links that it does not know.
struct NetworkText {
  var preset: String?
  var links: [(between: [String], microseconds: Int64)] = []
  var remarks: [String] = []

  /// One way between regions that nobody measured, as scenarios have it without a preset.
  static let guess = "40ms"

  init(_ regions: [CloudRegion], _ networks: [any MeasuredNetwork]) {
    let clouds = regions.map(\.cloud).distinct
    let only = clouds.count == 1 ? networks.first { $0.name == clouds[0].rawValue } : nil
    if let only, regions.allSatisfy({ only.regions.contains($0.name) }) { preset = only.name }
    var unmeasured: [String] = []
    for (place, near) in regions.enumerated() {
      for far in regions[(place + 1)...] {
        let network =
          near.cloud == far.cloud ? networks.first { $0.name == near.cloud.rawValue } : nil
        let figure = network?.roundTripMicroseconds(from: near.name, to: far.name)
        if figure == nil { unmeasured.append("\(near.name) - \(far.name)") }
        if preset == nil, let figure {
          links.append(([near.name, far.name], figure / 2))
        } else if preset != nil, figure == nil {
          links.append(([near.name, far.name], 40_000))
        }
      }
    }
    if !unmeasured.isEmpty {
      remarks.append(
        "\(Self.guess) one way where nobody measured: \(unmeasured.joined(separator: ", "))")
    }
  }

  /// The section of the scenario.
  var lines: [String] {
    let head = preset.map { "preset: \($0)" } ?? "latency: \(Self.guess)"
    guard !links.isEmpty else { return ["network: {\(head)}"] }
    return ["network:", "  \(head)", "  links:"]
      + links.map {
        "    - {between: [\($0.between.joined(separator: ", "))], latency: \($0.microseconds)us}"
      }
  }
}
