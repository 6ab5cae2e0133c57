// One region's part in one home's log: its state, how it boots, its two timers. What a primary does is in
// AsyncPrimaryReplication.swift and AsyncPrimaryRequests.swift, what a follower does in
// AsyncPrimaryFollowing.swift and AsyncPrimaryReads.swift, how a primary is made in
// AsyncPrimaryElection.swift and AsyncPrimaryOrders.swift.

import Histories
import Simulation

extension AsyncPrimary {
  /// One region in the group that keeps one home's log.
  struct Group {
    typealias Host = Node<Envelope>
    enum Role { case follower, candidate, primary }

    let plan: AsyncPrimary
    let home: Int
    let me: Region.ID
    let topology: Topology
    var rules: any AsyncPrimaryRules

    var log: Log
    /// As in `Meta`.
    var epoch: Int64 = 0
    var promised: Int64 = 0
    var epochIsStored = false
    var ordered: Int64 = 0
    var isPlanned = false
    /// Up to where it knows its log to be acknowledged.
    var acknowledged: Int64 = 0
    /// The highest epoch it has heard of.
    var rumoured: Int64 = 0

    var role = Role.follower
    /// Whom it takes for the primary, itself included.
    var primary: Region.ID?
    /// Requests it has forwarded and has no answer to.
    var forwarded: Set<Request.ID> = []
    /// Reads of its clients that wait until it has more.
    var readers: [Reader] = []
    /// Entries of its own that wait to be re-applied.
    var orphans = 0

    // As a follower.
    /// When it last heard the primary of `epoch`, or started.
    var heardAt = Instant.zero
    var hearsPrimary = false
    /// Up to where its log is known to equal the primary's, and where that one's ended.
    var verified: Int64 = 0
    var target: Int64 = 0
    /// Up to where the primary of `epoch` has said that its log is acknowledged.
    var told: Int64 = 0
    /// What it shows has all that was acknowledged at this time of its own clock.
    var freshAsOf: Instant?
    /// When it stands if it hears nothing until then.
    var standsAt = Instant.never
    /// A state that comes in piece by piece.
    var incoming = StateTransfer.Incoming<Place>()

    var candidacy = Candidacy()
    /// Epochs up to this one have ended by a resignation that it was told of.
    var released: Int64 = 0
    /// The newest epoch that it has itself ended by resigning.
    var resigned: Int64 = 0

    var reign = Reign()

    init(_ plan: AsyncPrimary, home: Int, _ me: Region.ID, _ topology: Topology) {
      self.plan = plan
      self.home = home
      self.me = me
      self.topology = topology
      rules = plan.variant.rules
      log = Log(home: Int64(home))
    }

    enum Timer {
      static let beat = 0
      static let stand = 1
      /// A timer's number is its home's times this, and its kind.
      static let kinds = 2
    }

    // MARK: Inputs

    mutating func start(_ node: inout Host) {
      log = Log(home: Int64(home), node.store)
      let first = plan.firstPrimary(of: home)
      let stored = recall(.epoch, node)
      epochIsStored = stored != nil
      epoch = stored ?? Int64(topology.count + first.index)
      promised = max(epoch, recall(.promised, node) ?? 0)
      ordered = recall(.ordered, node) ?? 0
      isPlanned = recall(.planned, node) == 1
      acknowledged = min(log.last, max(log.base, recall(.acknowledged, node) ?? 0))
      orphans = countOrphans(node)
      heardAt = node.now
      standsAt = heardAt + patience + spread(&node)
      primary = owner(of: epoch) == me ? nil : owner(of: epoch)
      wake(Timer.beat, after: plan.heartbeat, &node)
      if plan.failover != .none { wake(Timer.stand, after: standsAt - heardAt, &node) }
      guard owner(of: epoch) == me else { return }
      if stored == nil {
        beginReign(epoch, &node)
      } else if plan.failover == .none {
        // A new epoch, since followers may hold more of the old one than this disk does.
        beginReign(nextEpoch(after: epoch), &node)
      } else if plan.fencing {
        // The last primary, as far as it knows: back by election only, but without delay.
        standsAt = heardAt + spread(&node)
      } else {
        resumeReign(&node)
      }
    }

    mutating func receive(_ message: Message, from sender: Region.ID, _ node: inout Host) {
      switch message {
      case .append(let append):
        take(append, from: sender, &node)
      case .appended(let appended):
        guard role == .primary, appended.epoch == epoch else { return }
        acknowledge(appended, by: sender, &node)
      case .mismatch(let epoch, let rejected, let hint, let stamp):
        guard role == .primary, epoch == self.epoch else { return }
        rewind(sender, rejected, hint, stamp, &node)
      case .state(let state):
        take(state, from: sender, &node)
      case .stateTaken(let epoch, let position, let rows, let isWhole, let stamp):
        guard role == .primary, epoch == self.epoch else { return }
        proceed(sender, position, rows, isWhole: isWhole, stamp, &node)
      case .stale(let promised):
        learn(ofEpoch: promised, &node)
      case .ask(let ask):
        judge(ask, of: sender, &node)
      case .granted(let epoch, let ballot, let resigned):
        count(from: sender, epoch, ballot, resigned, &node)
      case .refused(let epoch, let ballot, let promised):
        rumoured = max(rumoured, promised)
        guard role == .candidate, epoch == candidacy.epoch, ballot == .vote else { return }
        if promised > candidacy.epoch { abandonCandidacy(&node) }
      case .forward(let request):
        execute(request, for: sender, &node)
      case .answer(let request, let outcome, let wrote):
        relay(outcome, to: request, wrote, &node)
      case .askPosition(let request):
        tellPosition(to: sender, for: request, &node)
      case .position(let request, let place):
        readFrom(place, request, &node)
      case .reapply(let epoch, let orphans):
        guard epoch == self.epoch else { return }
        adoptOrphans(orphans, of: sender, &node)
      case .reapplied(_, let places, let taken):
        settle(places, taken: taken, &node)
      }
    }

    mutating func wake(_ timer: Int, _ node: inout Host) {
      let now = node.now
      switch timer {
      case Timer.beat:
        wake(Timer.beat, after: plan.heartbeat, &node)
        sendOrphans(&node)
        switch role {
        case .primary: beat(now, &node)
        case .candidate: canvass(now, &node)
        case .follower:
          if now - heardAt > plan.lease { hearsPrimary = false }
          if ordered != 0 { followOrder(now, &node) } else { consider(now, &node) }
        }
      default:
        consider(now, &node)
        let wait = standsAt > now ? standsAt - now : plan.lease
        wake(Timer.stand, after: min(wait, plan.lease + plan.lease), &node)
      }
    }

    // MARK: What others see

    var unfinished: String? {
      if orphans > 0 { return "has \(orphans) entries to re-apply" }
      switch role {
      case .candidate: return "stands for election in epoch \(candidacy.epoch)"
      case .follower:
        if ordered != 0 { return "has an order to become the primary" }
        guard hearsPrimary else { return "hears no primary" }
        guard verified == log.last, verified >= target else {
          return "is at \(verified) of \(max(target, log.last))"
        }
        let shows = plan.shows == .applied ? log.last : acknowledged
        return shows == log.last ? nil : "shows \(shows) of \(log.last)"
      case .primary: return reign.unfinished(last: log.last, topology, except: me)
      }
    }

    // MARK: Small things

    /// How long a voter honours a primary that it heard: the lease and what clocks may be off.
    var patience: Duration { plan.lease + plan.lease / 100 }

    /// Keeps regions from standing at the same moment.
    func spread(_ node: inout Host) -> Duration {
      node.random.within(.zero...plan.heartbeat)
    }

    /// Whose epoch it is.
    func owner(of epoch: Int64) -> Region.ID { Region.ID(Int(epoch % Int64(topology.count))) }

    /// This region's first epoch after another.
    func nextEpoch(after epoch: Int64) -> Int64 {
      let regions = Int64(topology.count)
      let own = (epoch / regions) * regions + Int64(me.index)
      return own > epoch ? own : own + regions
    }

    func recall(_ name: Meta, _ node: Host) -> Int64? {
      node.store.get(Tables.meta, [log.home, name.rawValue])?[0]
    }

    func remember(_ name: Meta, _ value: Int64, _ node: Host) {
      node.store.put(Tables.meta, [log.home, name.rawValue], [value])
    }

    func send(_ message: Message, to receiver: Region.ID, _ node: inout Host) {
      node.send(Envelope(home: home, message: message), to: receiver)
    }

    func broadcast(_ message: Message, _ node: inout Host) {
      node.broadcast(Envelope(home: home, message: message))
    }

    private func wake(_ timer: Int, after delay: Duration, _ node: inout Host) {
      node.wake(TimerID(Int64(home * Timer.kinds + timer)), after: delay)
    }
  }
}
