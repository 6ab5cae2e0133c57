// A wall clock is set wrong and later set back: a bad NTP server, an operator, a leap second. Only
// the wall clock jumps; the monotonic one, by which timeouts run, cannot be set.

/// Wall clocks set wrong.
public struct ClockStep: Fault {
  public static let name = "clock-step"
  public static let summary = "Sets a region's wall clock wrong, and back at the end"
  public static let example = "{at: 10s, for: 20s, clock-step: any, by: -300ms}"

  let choice: RegionChoice
  let offset: Duration

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .all, .primary, .minority], many: true, Self.summary)
    let longest = Duration.longest
    offset = options.duration(
      "by", default: .zero, in: (.zero - longest)...longest,
      "how far; negative sets it back")
    if !options.has("by") {
      options.reject(Self.name, "clock-step: by how much? Add by: such as by: -300ms")
    } else if offset == .zero {
      options.reject("by", "by: a step of nothing has no effect")
    }
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.act(
      on: choice.aims(in: topology, &random, &tags), { .stepClock($0, by: offset) },
      { .stepClock($0, by: .zero - offset) })
  }
}
