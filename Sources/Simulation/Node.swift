// All that a replica can touch: its clock, its random stream, its store, and a place to leave
// effects. Nothing leaves before the batch that caused it is on disk.

import Histories

/// A region's machine, as its replica sees it while it works on one batch of inputs.
public struct Node<Message: Payload> {
  /// This region.
  public let region: Region.ID
  public let topology: Topology
  /// The database of this region; every batch is one transaction.
  public let store: any Store
  /// This replica's own stream of chance.
  public var random: Random
  /// How often this machine got an empty disk in place of a damaged one. Its operators know: what they
  /// tell it does not go with the disk.
  public internal(set) var disksReplaced = 0

  @usableFromInline var trueNow = Instant.zero
  @usableFromInline var clock: Clock
  @usableFromInline var clockReadings = 0
  /// The most that a reading of the wall clock was off.
  @usableFromInline var clockError = Duration.zero
  @usableFromInline var outgoing: [Outgoing] = []
  @usableFromInline var replies: [(request: Request.ID, outcome: Outcome)] = []
  @usableFromInline var timers: [(timer: TimerID, after: Duration)] = []
  @usableFromInline var tallies = [Int](repeating: 0, count: Tally.allCases.count)

  @usableFromInline struct Outgoing {
    @usableFromInline var message: Message
    /// The receivers, a bit each.
    @usableFromInline var to: UInt64
    @usableFromInline init(_ message: Message, _ to: UInt64) {
      self.message = message
      self.to = to
    }
  }

  @usableFromInline init(
    region: Region.ID, topology: Topology, store: any Store, random: Random, clock: Clock
  ) {
    self.region = region
    self.topology = topology
    self.store = store
    self.random = random
    self.clock = clock
  }

  @usableFromInline mutating func tell(disksReplaced count: Int) { disksReplaced = count }

  /// Monotonic time: cannot be set, runs at the machine's own speed. For leases and timeouts.
  public var now: Instant {
    mutating get {
      clockReadings += 1
      return clock.monotonic(at: trueNow)
    }
  }

  /// Wall-clock time: may be off, may jump. For timestamps.
  public var wallClock: Instant {
    mutating get {
      clockReadings += 1
      let reading = clock.wall(at: trueNow)
      clockError = max(clockError, reading - trueNow, trueNow - reading)
      return reading
    }
  }

  /// Every other region.
  public var peers: [Region.ID] { topology.ids.filter { $0 != region } }

  /// Sends a message to one region. To itself it is delivered at once, as the batch's next effect
  /// that costs nothing: strategies should rather call themselves.
  @inlinable public mutating func send(_ message: Message, to receiver: Region.ID) {
    outgoing.append(Outgoing(message, 1 << UInt64(receiver.raw)))
  }

  /// Sends a message to every other region.
  @inlinable public mutating func broadcast(_ message: Message) {
    let all: UInt64 = topology.count == 64 ? ~0 : (1 << UInt64(topology.count)) - 1
    outgoing.append(Outgoing(message, all & ~(1 << UInt64(region.raw))))
  }

  /// Answers a client.
  @inlinable public mutating func reply(to request: Request.ID, _ outcome: Outcome) {
    replies.append((request, outcome))
  }

  /// Asks to be woken after so much time of this machine's clock. Each call wakes once.
  @inlinable public mutating func wake(_ timer: TimerID, after delay: Duration) {
    timers.append((timer, delay))
  }

  /// Counts something for the report.
  @inlinable public mutating func tally(_ event: Tally, _ count: Int = 1) {
    tallies[event.rawValue] += count
  }
}
