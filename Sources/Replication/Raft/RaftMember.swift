// The replica: its state, how it boots, its timers, and terms. What it does as a candidate is in
// RaftElection.swift, as a leader in RaftReplication.swift and RaftSnapshots.swift, with requests in
// RaftRequests.swift, with members in RaftMembership.swift.

import Histories
import Simulation

extension Raft {
  /// One region.
  public struct Member: Replica {
    public typealias Message = Raft.Message
    enum Role { case follower, preCandidate, candidate, leader }

    let plan: Raft
    let me: Region.ID
    let topology: Topology

    // Durable (figure 3.1), as in `Tables`.
    var log: Log
    var term: Int64 = 0
    var vote: Region.ID?
    /// The last entry that the state machine has carried out: with what it came to, in one
    /// transaction.
    var applied: Int64 = 0

    // Volatile.
    /// The last entry known to be committed.
    var commit: Int64 = 0
    var role = Role.follower
    /// Whom it takes for the leader of `term`, itself included.
    var leader: Region.ID?
    /// When it last heard the leader of `term`, or started.
    var heardAt = Instant.zero
    /// When it stands for election if it hears of no leader until then.
    var standsAt = Instant.never
    /// Who said yes to its candidacy, and how long it may try.
    var candidacy = Candidacy()
    /// What it has in mind as the leader.
    var reign = Reign()
    /// A snapshot that is coming in.
    var incoming = StateTransfer.Incoming<Place>()
    /// What clients of this region wait for.
    var pending: [Request.ID: Pending] = [:]
    /// Reads that wait until entries are applied.
    var readsAhead: [ReadAhead] = []
    /// What the log's own machine was told and whoever owns it has not yet looked at.
    var carriedOut: [Record] = []
    /// The disk that it has yet to fill again before it is a member; 0: none.
    var rebuilds: Int64 = 0
    /// An operator wants it to lead, until then.
    var wantsToLeadUntil = Instant.zero

    init(_ plan: Raft, _ me: Region.ID, _ topology: Topology) {
      self.plan = plan
      self.me = me
      self.topology = topology
      log = Log(plan.members)
    }

    enum Timer {
      static let beat = TimerID(1)
      static let stand = TimerID(2)
    }

    // MARK: Inputs

    public mutating func start(_ node: inout Node<Message>) {
      log = Log(node.store, plan.members)
      term = recall(.term, node) ?? 0
      vote = recall(.vote, node).flatMap { $0 < 0 ? nil : Region.ID(Int($0)) }
      applied = recall(.applied, node) ?? 0
      rebuilds = diskToRebuild(node)
      commit = applied
      let now = node.now
      // It may have heard a leader right before it went down, and must not vote it out of its lease.
      heardAt = term == 0 ? now - patience : now
      standsAt = now + electionTimeout(&node)
      node.wake(Timer.beat, after: plan.heartbeat)
      if members == Members([me]) { standsAt = now }
      watch(now, &node)
    }

    public mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      switch message {
      case .append(let append): take(append, from: sender, &node)
      case .appended(let term, let index, let commit, let echo):
        guard isCurrent(term, &node) else { return }
        acknowledge(index, commit, echo, by: sender, &node)
      case .mismatch(let term, let rejected, let hint, let echo):
        guard isCurrent(term, &node) else { return }
        rewind(sender, rejected, hint, echo, &node)
      case .stale(let term): _ = isCurrent(term, &node)
      case .requestVote(let ask): judge(ask, of: sender, &node)
      case .vote(let term, let isPreVote, let granted):
        count(from: sender, term, isPreVote: isPreVote, granted: granted, &node)
      case .timeoutNow(let term):
        if term == self.term, role == .follower { campaign(isTransfer: true, &node) }
      case .installSnapshot(let install): take(install, from: sender, &node)
      case .installed(let term, let index, let rows, let isWhole, let echo):
        guard isCurrent(term, &node) else { return }
        proceed(sender, index, rows, isWhole: isWhole, echo, &node)
      case .propose(let request): propose(request, for: sender, &node)
      case .certify(let writeSet): propose(writeSet, for: sender, &node)
      case .askReadIndex(let id): admitRead(id, for: sender, &node)
      case .readIndex(let id, let index): readIsSafe(id, index, &node)
      case .notLeader(let id): pending[id]?.sentAt = Raft.longAgo
      case .askLeadership: handOver(to: sender, &node)
      case .change(let change): propose(change, &node)
      }
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      let now = node.now
      switch timer {
      case Timer.beat:
        node.wake(Timer.beat, after: plan.heartbeat)
        switch role {
        case .leader: beat(now, &node)
        case .candidate, .preCandidate: canvass(&node)
        case .follower: break
        }
        if now < wantsToLeadUntil { askToLead(&node) }
        retry(now, &node)
      case Timer.stand: watch(now, &node)
      default: plan.rules.wake(timer, &self, &node)
      }
    }

    // MARK: Terms (section 3.3)

    /// Whether a reply is of this term, and for the leader. A later term ends what it was.
    private mutating func isCurrent(_ other: Int64, _ node: inout Node<Message>) -> Bool {
      if other > term { follow(other, nil, &node) }
      return role == .leader && other == term
    }

    /// Is a follower in a term, of that leader if it is known.
    mutating func follow(_ other: Int64, _ leader: Region.ID?, _ node: inout Node<Message>) {
      if other > term {
        enter(other, voting: nil, node)
        self.leader = nil
        incoming = StateTransfer.Incoming()
      }
      if role == .leader {
        reign = Reign()
        self.leader = nil
        standsAt = node.now + electionTimeout(&node)
      }
      role = .follower
      guard let leader, self.leader != leader else { return }
      self.leader = leader
      routeAgain(&node)
    }

    /// Enters a term, or votes in it: on disk before anybody hears of it.
    mutating func enter(_ term: Int64, voting vote: Region.ID?, _ node: Node<Message>) {
      self.term = term
      self.vote = vote
      remember(.term, term, node)
      remember(.vote, vote.map { Int64($0.raw) } ?? -1, node)
    }

    // MARK: What others see

    public var isPrimary: Bool { role == .leader }

    public var unfinished: String? {
      switch role {
      case .candidate, .preCandidate: return "stands for election in term \(term)"
      case .follower:
        if rebuilds != 0 { return "rebuilds what its disk lost" }
        guard leader != nil else { return "hears no leader" }
        if applied < commit { return "has carried out \(applied) of \(commit)" }
        return pending.isEmpty ? nil : "\(pending.count) requests are open"
      case .leader: return unfinishedReign
      }
    }

    // MARK: Small things

    /// Those that vote, as the newest configuration in the log has it.
    var members: Members { log.configuration.members }

    /// How long a voter honours a leader that it heard: the lease and what clocks may be off.
    var patience: Duration { plan.electionTimeout + plan.electionTimeout / 100 }

    /// Never less than `patience`, and random, so that one usually stands first (section 3.4).
    func electionTimeout(_ node: inout Node<Message>) -> Duration {
      patience + node.random.within(.zero...plan.electionTimeout)
    }

    func recall(_ name: Meta, _ node: Node<Message>) -> Int64? {
      node.store.get(Tables.meta, [name.rawValue])?[0]
    }

    func remember(_ name: Meta, _ value: Int64, _ node: Node<Message>) {
      node.store.put(Tables.meta, [name.rawValue], [value])
    }
  }
}
