// Packets take longer. All of them: a congested or re-routed link. A share of them, or by a random
// time: later packets overtake earlier ones, which is what reordering is.

/// Delayed and reordered packets.
public struct PacketDelay: Fault {
  public static let name = "delay"
  public static let summary = "Delays packets between regions; a share or a range reorders them"
  public static let example = "{at: 10s, for: 20s, delay: {min: 0ms, max: 200ms}, share: 20%}"

  let by: ClosedRange<Duration>
  let share: Ratio
  let links: LinkChoice

  public init(_ options: inout Options) {
    by = Self.range(&options)
    share = options.share("share", default: .always, "the share of packets that are delayed")
    links = options.between()
    options.needs(2, Self.name)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.install(Delay(share, by: by), on: links.wire(in: topology), &tags)
  }

  /// `200ms`, or `{min: 10ms, max: 200ms}`.
  private static func range(_ options: inout Options) -> ClosedRange<Duration> {
    let fallback = Duration.zero...(.milliseconds(200))
    let kind = "a duration or {min: duration, max: duration}"
    guard let setting = options.setting(name, kind, summary) else { return fallback }
    guard case .map = setting.content else {
      let fixed = Quantity.duration(setting, name, options.problems)
      if fixed == .zero { options.reject(name, "delay: a delay of nothing has no effect") }
      return fixed.map { $0...$0 } ?? fallback
    }
    var ends = Options(setting, topology: options.topology, problems: options.problems)
    let least = ends.duration("min", default: .zero, "the shortest delay")
    let most = ends.duration("max", default: max(least, .milliseconds(200)), "the longest delay")
    ends.finish()
    if least > most {
      ends.reject("max", "delay: max \(most) is less than min \(least)")
      return fallback
    }
    if most == .zero { ends.reject("max", "delay: a delay of nothing has no effect") }
    return least...most
  }
}
