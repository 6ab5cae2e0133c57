// A clock that runs too fast or too slow, the monotonic one too: leases end early or late, timeouts
// are not what they seem. At the window's end it runs right again but stays where it has got to.

/// Clocks that run at the wrong speed.
public struct ClockDrift: Fault {
  public static let name = "clock-drift"
  public static let summary = "A region's clock runs too fast or too slow"
  public static let example = "{at: 10s, for: 20s, clock-drift: us, rate: 200ppm}"

  let choice: RegionChoice
  let rate: Ratio

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .all, .primary, .minority], many: true, Self.summary)
    let about = "how much too fast; negative is too slow"
    guard let setting = options.setting("rate", "deviation such as 200ppm", about) else {
      options.reject(Self.name, "clock-drift: how much? Add rate: such as rate: 200ppm")
      rate = .never
      return
    }
    let rate = Quantity.signedRatio(setting, "rate", options.problems)
    self.rate = rate ?? .never
    if let rate, rate == .never || rate < .percent(-90) || rate > .percent(900) {
      options.reject("rate", "rate: must not be zero and lie between -90% and 900%")
    }
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.act(
      on: choice.aims(in: topology, &random, &tags), { .driftClock($0, rate) },
      { .driftClock($0, .never) })
  }
}
