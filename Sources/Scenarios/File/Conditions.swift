// The `machine` and `clocks` of a scenario: what regions run on.

import Simulation

extension Machine {
  /// Reads a scenario's `machine`.
  init(_ options: inout Options) {
    self.init(
      cpu: options.duration(
        "cpu", default: .microseconds(20), in: .zero...(.seconds(10)),
        "CPU time for one message, request or timer"),
      sync: options.duration(
        "sync", default: .microseconds(500), in: .zero...(.seconds(10)),
        "how long one sync of the disk takes"),
      durability: options.choice(
        "durability", default: .afterSync,
        "whether answers and messages wait for the disk; before-sync loses writes in a crash"),
      flushEvery: options.duration(
        "flush-every", default: .seconds(1), in: .milliseconds(1)...(.seconds(3600)),
        "with before-sync: how often the disk is synced"),
      largestBatch: options.integer(
        "largest-batch", default: 1_000, in: 1...1_000_000,
        "the most inputs that share one transaction and one sync"))
    if options.has("flush-every"), durability == .afterSync {
      options.reject("flush-every", "flush-every means nothing unless durability is before-sync")
    }
    options.finish()
  }
}

/// How wrong the regions' clocks are from the beginning.
public struct ClockPlan: Sendable, Hashable {
  /// Each wall clock starts up to this much ahead or behind.
  public let skew: Duration
  /// Each clock runs up to this much too fast or too slow.
  public let drift: Ratio

  /// Reads a scenario's `clocks`.
  init(_ options: inout Options) {
    skew = options.duration(
      "skew", default: .zero, "each wall clock starts up to this much ahead or behind")
    drift = options.ratio(
      "drift", default: .never, "each clock runs up to this much too fast or too slow")
    options.finish()
  }

  /// The clocks of a run, drawn region by region.
  public func makeClocks(for topology: Topology, seed: UInt64) -> [Clock] {
    topology.regions.map { region in
      var random = Random(seed: seed, stream: "clock/\(region)")
      let offset = random.within(Duration(nanoseconds: -skew.nanoseconds)...skew)
      let rate = random.within(-drift.partsPerBillion...drift.partsPerBillion)
      return Clock(offset: offset, drift: Ratio(partsPerBillion: rate))
    }
  }
}
