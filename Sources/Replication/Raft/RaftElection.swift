// How a region becomes the leader: pre-vote, votes, orders to stand (Ongaro, "Consensus: Bridging
// Theory and Practice", sections 3.4, 3.6.1, 3.10, 9.6).

import Histories
import Simulation

extension Raft {
  /// An election this region stands in.
  struct Candidacy {
    /// Who said yes.
    var votes = Members(mask: 0)
    /// The leader asked for it: voters need not wait for silence.
    var isTransfer = false
  }
}

extension Raft.Member {
  typealias Members = Raft.Members
  typealias Place = Raft.Place

  // MARK: Standing

  /// Stands if it has heard of no leader for an election timeout; else looks again when that is over.
  mutating func watch(_ now: Instant, _ node: inout Node<Message>) {
    if now >= standsAt, role != .leader { stand(&node) }
    let wait = role == .leader ? plan.electionTimeout : max(standsAt - now, plan.heartbeat / 10)
    node.wake(Timer.stand, after: wait)
  }

  /// Whether it may be elected: as a member, or while its own removal is not yet committed, since
  /// then it may be needed (section 4.2.2).
  private var mayStand: Bool {
    rebuilds == 0 && (members.contains(me) || log.configuration.index > commit)
  }

  mutating func stand(_ node: inout Node<Message>) {
    standsAt = node.now + electionTimeout(&node)
    guard mayStand else { return }
    guard plan.preVote else {
      campaign(isTransfer: false, &node)
      return
    }
    // Binds nobody, so a region that was cut off deposes no leader when it comes back (9.6).
    role = .preCandidate
    leader = nil
    candidacy = Raft.Candidacy(votes: Members([me]))
    canvass(&node)
    countVotes(&node)
  }

  /// Begins a new term with a vote for itself.
  mutating func campaign(isTransfer: Bool, _ node: inout Node<Message>) {
    guard mayStand else { return }
    enter(term + 1, voting: me, node)
    role = .candidate
    leader = nil
    incoming = StateTransfer.Incoming()
    standsAt = node.now + electionTimeout(&node)
    candidacy = Raft.Candidacy(votes: Members([me]), isTransfer: isTransfer)
    canvass(&node)
    countVotes(&node)
  }

  /// Asks for votes; every heartbeat again, as questions and answers get lost.
  mutating func canvass(_ node: inout Node<Message>) {
    let isPreVote = role == .preCandidate
    let ask = Message.Ask(
      term: isPreVote ? term + 1 : term, last: log.end, isPreVote: isPreVote,
      isTransfer: candidacy.isTransfer)
    for peer in node.peers where !candidacy.votes.contains(peer) {
      node.send(.requestVote(ask), to: peer)
    }
  }

  mutating func count(
    from voter: Region.ID, _ other: Int64, isPreVote: Bool, granted: Bool,
    _ node: inout Node<Message>
  ) {
    guard granted else {
      if other > term { follow(other, nil, &node) }
      return
    }
    let isAnswer =
      isPreVote
      ? role == .preCandidate && other == term + 1 : role == .candidate && other == term
    guard isAnswer else { return }
    candidacy.votes.insert(voter)
    countVotes(&node)
  }

  private mutating func countVotes(_ node: inout Node<Message>) {
    guard members.haveMajority(in: candidacy.votes) else { return }
    switch role {
    case .preCandidate: campaign(isTransfer: false, &node)
    case .candidate: lead(&node)
    case .follower, .leader: break
    }
  }

  // MARK: Voting

  /// Answers a candidate. One vote a term, on disk before it is sent, and only for a log that is at
  /// least as up to date as this one (sections 3.4 and 3.6.1).
  mutating func judge(
    _ ask: Message.Ask, of candidate: Region.ID, _ node: inout Node<Message>
  ) {
    // It may have voted already, and does not know.
    guard rebuilds == 0 else { return }
    let now = node.now
    // Who hears a leader does not listen to candidates, be their term what it may (4.2.3): that is
    // what makes a lease a lease (6.4.1).
    if plan.checkQuorum, !ask.isTransfer, hearsLeader(now) {
      if ask.term < term { node.send(.stale(term: term), to: candidate) }
      return
    }
    let isUpToDate = ask.last >= log.end
    if ask.isPreVote {
      let granted = ask.term > term && isUpToDate
      node.send(
        .vote(term: granted ? ask.term : term, isPreVote: true, granted: granted), to: candidate)
      return
    }
    if ask.term > term { follow(ask.term, nil, &node) }
    let granted = ask.term == term && isUpToDate && (vote ?? candidate) == candidate
    if granted {
      if vote == nil { enter(term, voting: candidate, node) }
      role = .follower
      standsAt = now + electionTimeout(&node)
    }
    node.send(.vote(term: term, isPreVote: false, granted: granted), to: candidate)
  }

  /// Whether it has heard a leader within what that one takes for its lease.
  func hearsLeader(_ now: Instant) -> Bool {
    now - (role == .leader ? max(confirmedAt(now), reign.began) : heardAt) < patience
  }

  // MARK: Handing over (section 3.10)

  public mutating func obey(_ command: Command, _ node: inout Node<Message>) {
    switch command {
    case .promote, .switchOver:
      guard role != .leader else { return }
      wantsToLeadUntil = node.now + plan.electionTimeout * 5
      askToLead(&node)
    case .addMember(let region):
      plan.rules.order(Raft.MemberChange(region: region, joins: true), &self, &node)
    case .removeMember(let region):
      plan.rules.order(Raft.MemberChange(region: region, joins: false), &self, &node)
    case .failOver, .moveTablet: break
    }
  }

  /// Asks the leader for its place; the order is forgotten when it is met, or too old.
  mutating func askToLead(_ node: inout Node<Message>) {
    guard role != .leader else {
      wantsToLeadUntil = .zero
      return
    }
    if let leader { node.send(.askLeadership, to: leader) }
  }

  /// The leader begins to hand over: takes no more entries until the other has them all.
  mutating func handOver(to region: Region.ID, _ node: inout Node<Message>) {
    guard role == .leader, region != me, reign.successor == nil, members.contains(region) else {
      return
    }
    reign.successor = region
    reign.successionBegan = node.now
    push(to: region, &node)
    continueSuccession(&node)
  }

  /// Lets the successor stand once it has the whole log. Its voters will not wait for silence, so
  /// from here on this leader's lease is worth nothing, for the rest of the term: the message may
  /// arrive late.
  mutating func continueSuccession(_ node: inout Node<Message>) {
    guard let successor = reign.successor, !reign.hasSentTimeoutNow,
      reign.progress[successor.index].matched == log.last
    else { return }
    reign.hasSentTimeoutNow = true
    reign.hasLease = false
    node.send(.timeoutNow(term: term), to: successor)
  }

  /// Every heartbeat: gives up on a successor that does not take over, and may look for one.
  mutating func reviewSuccession(_ now: Instant, _ node: inout Node<Message>) {
    if reign.successor != nil {
      if now - reign.successionBegan > plan.electionTimeout {
        reign.successor = nil
        reign.hasSentTimeoutNow = false
        // Nobody else is tried for a while, or clients would wait all the time.
        reign.nextSuccession = now + plan.electionTimeout * 2
        routeAgain(&node)
      }
      return
    }
    guard let preferred = plan.preferred, preferred != me, members.contains(preferred),
      now >= reign.nextSuccession, commit >= reign.opening
    else { return }
    let progress = reign.progress[preferred.index]
    guard progress.mode == .replicate, let stamp = progress.stamp,
      now - stamp < plan.electionTimeout
    else { return }
    handOver(to: preferred, &node)
  }
}
