// A server stands still and then goes on as if nothing had happened: a garbage collector's pause, a
// virtual machine that is moved. What it believed before (that it holds a lease) it still believes.

/// Servers stand still.
public struct Pause: Fault {
  public static let name = "pause"
  public static let summary = "A region's server stands still, then goes on where it was"
  public static let example = "{at: 10s, for: 5s, pause: primary}"
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .all, .primary, .minority], many: true, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    window.act(
      on: choice.aims(in: topology, &random, &tags), { .pause($0) }, { .resume($0) })
  }
}
