// A disk that goes bad where it lies. A region's server loses power, and before it is back one bit of its
// database has flipped. The checksums of its file system tell when it boots; nobody can say what else is
// wrong, so the disk is replaced by an empty one. What a region may do that has lost all it promised is the
// question: "Redundancy Does Not Imply Fault Tolerance" (Ganesan et al., FAST 2017) found eight systems in
// which one such fault on one node harms the whole.

/// A region's server loses power, and its data with it.
public struct BitRot: Fault {
  public static let name = "bit-rot"
  public static let summary =
    "A region's server loses power and comes back with an empty disk, as the old one was damaged; `for` is"
    + " how long it is down"
  public static let example = "{at: 10s, for: 2s, bit-rot: us}"
  public static let concernsChecks = true

  let choice: RegionChoice

  public init(_ options: inout Options) {
    choice = options.regions(
      Self.name, or: [.any, .primary, .minority], many: true, Self.summary)
  }

  public func actions(
    in window: Range<Instant>, on topology: Topology, _ random: inout Random, _ tags: inout Tags
  ) -> [TimedAction] {
    let aims = choice.aims(in: topology, &random, &tags)
    // It is off by then; a primary goes by the number it is remembered under.
    let rot = aims.map { TimedAction(window.lowerBound, .rot($0.undo)) }
    let off = window.act(on: aims, { .crash($0) }, { .restart($0) })
    return off.prefix(aims.count) + rot + off.dropFirst(aims.count)
  }
}
