// The `traffic` section of a scenario. Who lives beside a region is a place named like it, so a record for a
// country or a continent is for the places of the regions there.

extension Routing {
  /// The section, for a scenario of these regions.
  func lines(in all: [CloudRegion]) -> [String] {
    var lines = [
      "traffic:", "  provider: \(provider.rawValue)", "  policy: \(policy.rawValue)",
      "  order: [\(regions.map(\.name).joined(separator: ", "))]",
    ]
    if policy == .weighted {
      let figures = weights.map { "\($0.region.name): \($0.weight)" }
      lines.append("  weights: {\(figures.joined(separator: ", "))}")
    }
    if policy == .geolocation {
      let figures = locations(of: all).map { "\($0.place): \($0.region.name)" }
      lines.append("  locations: {\(figures.joined(separator: ", "))}")
    }
    let biases = regions.compactMap { region -> String? in
      let bias = members.first { $0.region == region }?.bias ?? 0
      return bias == 0 ? nil : "\(region.name): \(bias)"
    }
    if policy == .geoproximity, !biases.isEmpty {
      lines.append("  bias: {\(biases.joined(separator: ", "))}")
    }
    if let ttl { lines.append("  ttl: \(min(ttl, Self.longestTTL))s") }
    if let check { lines.append("  health-check: \(check.text)") }
    return lines
  }

  /// Seconds from an outage until clients that honour records have left, about. Without a health check of
  /// its own, as with the slowest provider's.
  var switching: Int { (check?.detection ?? 90) + (ttl ?? 0) }

  /// What a run waits for: it takes an hour at most.
  static let longestSwitch = 900

  /// The sum of each region's weights, in lowest terms.
  var weights: [(region: CloudRegion, weight: Int)] {
    var sums = regions.map { region in
      members.filter { $0.region == region }.reduce(0) { $0 + ($1.weight ?? 1) }
    }
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    let common = max(1, sums.reduce(0, divisor))
    sums = sums.map { $0 / common }
    let excess = (sums.max() ?? 0) / (Self.weights.upperBound + 1) + 1
    return zip(regions, sums).map { ($0, $1 / excess) }
  }

  /// Geolocation: where who lives beside a region is sent, and everybody else.
  func locations(of regions: [CloudRegion]) -> [(place: String, region: CloudRegion)] {
    let named = regions.compactMap { place -> (place: String, region: CloudRegion)? in
      for code in [place.name] + Territory.codes(of: place) {
        if let member = members.first(where: { $0.area == code }) {
          return (place.name, member.region)
        }
      }
      return nil
    }
    let elsewhere = members.first { $0.area == Territory.elsewhere }
    return named + (elsewhere.map { [("default", $0.region)] } ?? [])
  }
}

extension HealthCheck {
  /// Seconds until a region that does not answer is known to be down, about.
  var detection: Int {
    switch rule {
    case .consecutive(let failures): interval * failures + (timeout ?? 0)
    case .sample(let size, let needed): interval * (size - needed + 1) + (timeout ?? 0)
    }
  }

  /// The value of `health-check:`.
  var text: String {
    let rule =
      switch rule {
      case .consecutive(let failures): "threshold: \(failures)"
      case .sample(let size, let needed): "sample: \(size), successes: \(needed)"
      }
    // A scenario's probes do not overlap; where a plan gives no time-out, the provider's is 6 s at most.
    let timeout =
      timeout.map { ", timeout: \(min($0, interval))s" }
      ?? (interval < 6 ? ", timeout: \(interval)s" : "")
    return "{interval: \(interval)s, \(rule)\(timeout)}"
  }
}
