// The replica: its state, how it boots, its two timers and its orders. What a primary does is in
// AsyncPrimaryReplication.swift and AsyncPrimaryRequests.swift, how one is made in
// AsyncPrimaryElection.swift.

import Histories
import Simulation

extension AsyncPrimary {
  /// One region.
  public struct Member: Replica {
    enum Role { case follower, candidate, primary }

    let plan: AsyncPrimary
    let me: Region.ID
    let topology: Topology
    let othersNeeded: Int

    var log = Log()
    /// As in `Meta`.
    var epoch: Int64 = 0
    var promised: Int64 = 0
    var epochIsStored = false
    var ordered: Int64 = 0
    /// The highest epoch it has heard of.
    var rumoured: Int64 = 0

    var role = Role.follower
    /// Whom it takes for the primary, itself included.
    var primary: Region.ID?
    /// Requests it has forwarded and has no answer to.
    var forwarded: Set<Request.ID> = []

    // As a follower.
    /// When it last heard the primary of `epoch`, or started.
    var heardAt = Instant.zero
    var hearsPrimary = false
    /// Up to where its log is known to equal the primary's, and where that one's ended.
    var verified: Int64 = 0
    var target: Int64 = 0
    /// When it stands if it hears nothing until then.
    var standsAt = Instant.never

    var candidacy = Candidacy()
    /// Epochs up to this one have ended by a resignation that it was told of.
    var released: Int64 = 0

    var reign = Reign()

    init(_ plan: AsyncPrimary, _ me: Region.ID, _ topology: Topology) {
      self.plan = plan
      self.me = me
      self.topology = topology
      othersNeeded = plan.othersNeeded(topology)
    }

    enum Timer {
      static let beat = TimerID(1)
      static let stand = TimerID(2)
    }

    // MARK: Inputs

    public mutating func start(_ node: inout Node<Message>) {
      log = Log(node.store)
      let stored = recall(.epoch, node)
      epochIsStored = stored != nil
      epoch = stored ?? Int64(topology.count + plan.primary.index)
      promised = max(epoch, recall(.promised, node) ?? 0)
      ordered = recall(.ordered, node) ?? 0
      heardAt = node.now
      standsAt = heardAt + patience + spread(&node)
      primary = owner(of: epoch) == me ? nil : owner(of: epoch)
      node.wake(Timer.beat, after: plan.heartbeat)
      if plan.failover != .none { node.wake(Timer.stand, after: standsAt - heardAt) }
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

    public mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      switch message {
      case .append(let append):
        take(append, from: sender, &node)
      case .appended(let epoch, let position, let stamp):
        guard isPrimary, epoch == self.epoch else { return }
        acknowledge(position, stamp, by: sender, &node)
      case .mismatch(let epoch, let rejected, let hint, let stamp):
        guard isPrimary, epoch == self.epoch else { return }
        rewind(sender, rejected, hint, stamp, &node)
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
      case .answer(let request, let outcome):
        if forwarded.remove(request) != nil { node.reply(to: request, outcome) }
      }
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      let now = node.now
      switch timer {
      case Timer.beat:
        node.wake(Timer.beat, after: plan.heartbeat)
        switch role {
        case .primary: beat(now, &node)
        case .candidate: canvass(now, &node)
        case .follower:
          if now - heardAt > plan.lease { hearsPrimary = false }
          if ordered != 0, plan.failover != .none { poll(&node) } else { consider(now, &node) }
        }
      case Timer.stand:
        consider(now, &node)
        let wait = standsAt > now ? standsAt - now : plan.lease
        node.wake(Timer.stand, after: min(wait, plan.lease + plan.lease))
      default: break
      }
    }

    public mutating func obey(_ command: Command, _ node: inout Node<Message>) {
      guard command == .promote, role != .primary, plan.failover != .none else { return }
      guard plan.fencing else {
        promote(&node)
        return
      }
      ordered = epoch
      remember(.ordered, ordered, node)
      poll(&node)
    }

    // MARK: What others see

    public var isPrimary: Bool { role == .primary }

    public var unfinished: String? {
      switch role {
      case .candidate: return "stands for election in epoch \(candidacy.epoch)"
      case .follower:
        if ordered != 0 { return "has an order to become the primary" }
        guard hearsPrimary else { return "hears no primary" }
        return verified == log.last && verified >= target
          ? nil : "is at \(verified) of \(max(target, log.last))"
      case .primary: return reign.unfinished(last: log.last, topology, except: me)
      }
    }

    // MARK: Small things

    /// How long a voter honours a primary that it heard: the lease and what clocks may be off.
    var patience: Duration { plan.lease + plan.lease / 100 }

    /// Keeps regions from standing at the same moment.
    func spread(_ node: inout Node<Message>) -> Duration {
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

    func recall(_ name: Meta, _ node: Node<Message>) -> Int64? {
      node.store.get(Tables.meta, [name.rawValue])?[0]
    }

    func remember(_ name: Meta, _ value: Int64, _ node: Node<Message>) {
      node.store.put(Tables.meta, [name.rawValue], [value])
    }
  }
}
