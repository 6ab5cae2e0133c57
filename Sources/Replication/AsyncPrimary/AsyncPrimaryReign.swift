// What a primary has in mind while it is one. All of it is volatile: the next epoch finds it out anew.

import Histories
import Simulation

extension AsyncPrimary {
  /// What a primary knows about a follower.
  struct Follower {
    /// Up to where it has acknowledged the log, in this epoch.
    var matched: Int64 = 0
    /// Up to where its reads show the log.
    var shown: Int64 = 0
    /// What to send next.
    var next: Int64 = 1
    /// Looking for the common prefix: one append at a time.
    var isProbing = true
    /// The state on its way, if it needs that first.
    var snapshot: Snapshot?
    /// When the newest append that it answered was sent, and its own clock when it answered.
    var stamp: Instant?
    var clock: Instant?
    var roundTrip = Duration.zero
    /// When it last got on, or was last sent something that must get it on.
    var movedAt = Instant.zero
  }

  /// A request waits until a position is acknowledged.
  struct Waiting {
    var position: Int64
    var request: Request.ID
    /// Who forwarded it.
    var origin: Region.ID?
    /// What to answer; nil: a region asked up to where reads must see the log.
    var outcome: Outcome?
    var isRead: Bool
  }

  /// What a primary has in mind during one epoch.
  struct Reign {
    /// The position of the epoch's opening entry.
    var opening: Int64 = 0
    var acknowledged: Int64 = 0
    /// Since when nothing was acknowledged that should be; nil: nothing should.
    var waitsSince: Instant?
    /// Goes on without acknowledgements.
    var isAlone = false
    var followers: [Follower] = []
    /// By position.
    var pending: [Waiting] = []
    /// As of the last look; only for `unfinished`.
    var holdsLease = false
    /// Takes no writes until then, so that a candidate can catch up.
    var yieldsUntil = Instant.zero
    /// When entries that some region does not show yet were logged, if there is a bound to keep.
    var loggedAt: [(position: Int64, at: Instant)] = []

    init() {}

    init(opening: Int64, next: Int64, regions: Int, at now: Instant) {
      self.opening = opening
      var follower = Follower()
      follower.next = next
      follower.movedAt = now
      followers = Array(repeating: follower, count: regions)
    }

    /// Whether what it has in mind is all there is: nothing of an earlier epoch is in doubt.
    var isSettled: Bool { acknowledged >= opening }

    func unfinished(last: Int64, _ topology: Topology, except me: Region.ID) -> String? {
      if !holdsLease { return "has no lease" }
      if !pending.isEmpty { return "\(pending.count) requests wait for acknowledgements" }
      for region in topology.ids where region != me && followers[region.index].matched < last {
        let held = followers[region.index].matched
        return "\(topology.name(of: region)) has acknowledged \(held) of \(last)"
      }
      return nil
    }
  }
}
