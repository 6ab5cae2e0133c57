// A partition that comes and goes: half of each period cut, half healed. Failure detectors with
// hysteresis, elections and reconnection storms live here.

/// A partition that comes and goes.
public struct Flapping: Fault {
  public static let name = "flap"
  public static let summary = "Cuts and heals the links between groups again and again"
  public static let example = "{at: 10s, for: 20s, flap: [[eu], [us, asia]], period: 2s}"

  let split: Split
  let period: Duration

  public init(_ options: inout Options) {
    split = options.split(Self.name, Self.summary)
    period = options.duration(
      "period", default: .seconds(2), in: .milliseconds(100)...(.seconds(3600)),
      "from one cut to the next; cut for the first half of it")
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let groups = split.groups(in: topology, &random)
    let wire = Wire.links(topology.links(across: groups))
    var actions: [TimedAction] = []
    var begin = window.lowerBound
    while begin < window.upperBound {
      let end = min(begin + period / 2, window.upperBound)
      actions += (begin..<end).install(Cut(), on: wire, &tags)
      begin = begin + period
    }
    return actions
  }
}
