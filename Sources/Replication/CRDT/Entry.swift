// An update as it travels and as the log keeps it: what to do, when it was made, and what its
// author had seen. Applying it needs nothing else, so it may be applied by any region, at any time
// after what it depends on.

import Histories
import Simulation

extension CRDT {
  /// What an update does. The numbers are those in `operations.kind`.
  public enum Kind: Int64, Sendable, Hashable, CaseIterable {
    case write = 1
    case increment = 2
    case insert = 3
    /// Takes an element from a set or a list.
    case remove = 4
    case append = 5
    /// Gives rights to a counter's decrements to another region.
    case transfer = 6
    /// An increment that had the right to be made.
    case boundedIncrement = 7
  }

  /// One operation that changes something, with its place in causal history.
  public struct Entry: Sendable, Hashable {
    /// The region that made it.
    public let origin: Region.ID
    /// Its number among the origin's operations, from 1, without gaps.
    public let sequence: Int64
    public let kind: Kind
    public let key: Key
    public let value: Value
    public let timestamp: HybridClock.Timestamp
    /// All that the origin had delivered when it made this; of its own, all before this.
    public let seen: VersionVector
    /// What the author alone knew; its data type says what the numbers mean.
    public var detail: [Int64] = []

    var dot: Dot { Dot(origin, sequence) }

    /// Its place in the order of last-writer-wins: timestamp, then origin.
    var version: Version { CRDT.version(timestamp.wall, timestamp.logical, origin.index) }

    /// Its size on the wire.
    func bytes(in topology: Topology) -> Int { 48 + 8 * (topology.count + detail.count) }
  }

  /// The order of last-writer-wins as a version: the origin breaks ties in the lowest bits.
  static func version(_ wall: Int64, _ logical: Int64, _ origin: Int) -> Version {
    Version(wall, logical * Int64(Topology.most) + Int64(origin))
  }
}
