// What a replication strategy offers to the testbed. One folder in Replication, one line in the
// Catalog; everything else (help, listing, schema, conformance suite, benchmark) follows from it.

import Histories

/// A way to replicate, with its options.
public protocol Strategy: Sendable {
  associatedtype Member: Replica

  /// The `kind` in a scenario.
  static var name: String { get }
  /// One line for `splitbrain list strategies`.
  static var summary: String { get }

  /// Reads its options; says what is wrong with them through `options`.
  init(_ options: inout Options)

  /// What each region stores.
  func schema(in topology: Topology) -> Schema
  /// What holds under these options whatever the faults inside its fault model (loss, duplication,
  /// reordering, partitions, crashes with recovery; clocks where it says so). Checked by default.
  func promises(in topology: Topology) -> Set<Guarantee>
  /// What of its promises takes wall clocks for granted; nil: nothing does.
  var clockAssumption: ClockAssumption? { get }
  /// How far behind reads may be under these options, with the promise of bounded staleness.
  func mostStale(in topology: Topology) -> StalenessLimit?
  /// Whether what it promises holds although one region has lost all that its disk held. By default
  /// nothing is promised then.
  func survivesDiskLoss(in topology: Topology) -> Bool
  /// Whether clients can ask this of it as one request.
  func supports(_ operation: Operation) -> Bool
  /// A replica, with nothing but its configuration in it; `start` comes next.
  func makeReplica(for region: Region.ID, in topology: Topology) -> Member
  /// The engine's view of the replicas. The default is right for everyone: it is a requirement only
  /// so that it is compiled where the replica's type is known, three times faster than where not.
  func makeCluster() -> Cluster
}

/// Promises that hold only as long as no wall clock is further off than somebody said.
public struct ClockAssumption: Sendable {
  /// The most that a reading may differ from the true time.
  public let bound: Duration
  /// What is not promised otherwise.
  public let guarantees: Set<Guarantee>

  public init(bound: Duration, guarantees: Set<Guarantee>) {
    self.bound = bound
    self.guarantees = guarantees
  }
}

/// How far behind reads may be.
public struct StalenessLimit: Sendable, Hashable {
  /// For how long what was read may have been replaced.
  public let age: Duration
  /// By how many writes.
  public let versions: Int

  public init(age: Duration, versions: Int) {
    self.age = age
    self.versions = versions
  }
}

extension Strategy {
  public var clockAssumption: ClockAssumption? { nil }
  public func mostStale(in topology: Topology) -> StalenessLimit? { nil }
  public func survivesDiskLoss(in topology: Topology) -> Bool { false }

  @inlinable public func makeCluster() -> Cluster {
    let hall = Pinned(ReplicaHall<Member>(make: { makeReplica(for: $0, in: $1) }))
    return Cluster(
      boot: { hall.pointer.pointee.boot($0, &$1) },
      work: { hall.pointer.pointee.work($0, &$1) },
      release: { hall.pointer.pointee.release($0, &$1) },
      crash: { hall.pointer.pointee.crash($0) },
      discard: { hall.pointer.pointee.messages.discard($0) },
      label: { hall.pointer.pointee.messages.peek($0)?.label ?? "message" },
      isPrimary: { hall.pointer.pointee.seats[$0].replica?.isPrimary ?? false },
      unfinished: { hall.pointer.pointee.seats[$0].replica?.unfinished },
      tallies: { hall.pointer.pointee.tallies },
      clockReadings: { hall.pointer.pointee.seats[$0].node.clockReadings },
      clockError: { hall.pointer.pointee.seats[$0].node.clockError })
  }
}

/// The replicas of a run with their message type hidden: closures made where the type is known.
public struct Cluster {
  /// Builds a region's replica and lets it start.
  let boot: (Int, inout World) -> Void
  /// Runs the inputs that wait at a region as one batch.
  let work: (Int, inout World) -> Void
  /// Lets go what a region's last batch wanted to send.
  let release: (Int, inout World) -> Void
  /// Drops a region's replica and what it had not released.
  let crash: (Int) -> Void
  /// Gives up one delivery of a message.
  let discard: (Int) -> Void
  let label: (Int) -> String
  let isPrimary: (Int) -> Bool
  let unfinished: (Int) -> String?
  let tallies: () -> [Int]
  let clockReadings: (Int) -> Int
  let clockError: (Int) -> Duration

  @usableFromInline init(
    boot: @escaping (Int, inout World) -> Void, work: @escaping (Int, inout World) -> Void,
    release: @escaping (Int, inout World) -> Void, crash: @escaping (Int) -> Void,
    discard: @escaping (Int) -> Void, label: @escaping (Int) -> String,
    isPrimary: @escaping (Int) -> Bool, unfinished: @escaping (Int) -> String?,
    tallies: @escaping () -> [Int], clockReadings: @escaping (Int) -> Int,
    clockError: @escaping (Int) -> Duration
  ) {
    self.boot = boot
    self.work = work
    self.release = release
    self.crash = crash
    self.discard = discard
    self.label = label
    self.isPrimary = isPrimary
    self.unfinished = unfinished
    self.tallies = tallies
    self.clockReadings = clockReadings
    self.clockError = clockError
  }
}
