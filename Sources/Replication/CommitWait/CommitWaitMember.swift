// A region: a member of every shard's group, the leader of some, and what its clients talk to. Here is
// how the parts fit together; ShardOffice.swift has what leaders have in mind, TwoPhaseCommit.swift what they
// do with transactions, TabletMoves.swift with tablets, Gateway.swift what a region does for its clients.

import Histories
import Simulation

extension CommitWait {
  /// One shard in one region.
  struct Shard {
    let number: Int
    let shelf: Shelf
    var raft: Raft.Member
    /// The machine, as this shard's raft sees it.
    private var part: Node<Raft.Message>
    /// What its leader has in mind, while this region is it.
    var office: Office?
    /// Work for the leader that came before it knew all that others had logged.
    var early: [(content: Message.Content, sender: Region.ID)] = []
    /// Whom this region last took for the leader.
    var leader: Region.ID?
    /// t_safe here, and up to which entry that counts.
    private(set) var safeTime: Int64 = 0
    /// The moves of tablets to and from here, up to the same entry.
    private(set) var moves: [Move] = []
    private var countedThrough: Int64 = -1

    init(_ number: Int, _ plan: CommitWait, _ topology: Topology, _ node: inout Node<Message>) {
      self.number = number
      shelf = Shelf(node.store, shard: number)
      raft = plan.group(number, in: topology).makeReplica(for: node.region, in: topology)
      part = node.part(on: shelf, Random(seed: node.random.next()))
    }

    /// Gives its raft an input, and the machine what comes of it.
    mutating func run(
      _ node: inout Node<Message>, stamp: Int64,
      _ input: (inout Raft.Member, inout Node<Raft.Message>) -> Void
    ) {
      node.lendTime(to: &part)
      input(&raft, &part)
      let number = number
      node.adopt(
        &part, wrap: { Message(stamp: stamp, content: .raft(number, $0)) },
        name: { TimerID($0.number << 8 | Int64(number)) })
    }

    mutating func countSafeTime() {
      guard raft.applied != countedThrough else { return }
      countedThrough = raft.applied
      safeTime = Machine.safeTime(shelf)
      moves = Machine.moves(shelf)
    }
  }

  public struct Member: Replica {
    let plan: CommitWait
    let me: Region.ID
    let topology: Topology
    var shards: [Shard] = []
    /// What clients of this region wait for.
    var asked: [Request.ID: Asked] = [:]
    /// Messages of this region to itself.
    private var inbox: [Message.Content] = []
    /// The newest hybrid time here.
    private var hybrid: Int64 = 0
    /// The wall clock when it was last looked at.
    private var wall = Instant.zero

    init(_ plan: CommitWait, _ me: Region.ID, _ topology: Topology) {
      self.plan = plan
      self.me = me
      self.topology = topology
    }

    enum Timer {
      static let beat = TimerID(1)
      /// Some timestamp is past about now.
      static let due = TimerID(2)
    }

    // MARK: Inputs

    public mutating func start(_ node: inout Node<Message>) {
      shards = (0..<plan.shards).map { Shard($0, plan, topology, &node) }
      for shard in shards.indices { run(shard, &node) { $0.start(&$1) } }
      node.wake(Timer.beat, after: plan.common.heartbeat)
      attend(&node)
    }

    public mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      follow(message.stamp, &node)
      if case .raft(let shard, let inner) = message.content {
        run(shard, &node) { $0.receive(inner, from: sender, &$1) }
      } else {
        take(message.content, from: sender, &node)
      }
      attend(&node)
    }

    public mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      ask(request, &node)
      attend(&node)
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      switch timer {
      case Timer.beat:
        node.wake(Timer.beat, after: plan.common.heartbeat)
        wall = node.wallClock
        for shard in shards.indices { review(shard, &node) }
        retry(&node)
      case Timer.due: for shard in shards.indices { concludeThosePast(shard, &node) }
      default:
        run(Int(timer.number & 0xff), &node) { $0.wake(TimerID(timer.number >> 8), &$1) }
      }
      attend(&node)
    }

    public mutating func obey(_ command: Command, _ node: inout Node<Message>) {
      if case .moveTablet(let tablet, let further) = command {
        order(tablet, further: further, &node)
      }
      for shard in shards.indices { run(shard, &node) { $0.obey(command, &$1) } }
      attend(&node)
    }

    // MARK: How the parts fit together

    mutating func run(
      _ shard: Int, _ node: inout Node<Message>,
      _ input: (inout Raft.Member, inout Node<Raft.Message>) -> Void
    ) {
      shards[shard].run(&node, stamp: stamp, input)
    }

    private var stamp: Int64 { plan.clock == .hybrid ? hybrid : 0 }

    /// Follows what came of an input until nothing more does.
    private mutating func attend(_ node: inout Node<Message>) {
      var hasNewLeader = false
      var isQuiet = false
      while !isQuiet {
        isQuiet = true
        for shard in shards.indices {
          if shards[shard].office?.term != shards[shard].raft.readyTerm {
            shards[shard].office = nil
          }
          if shards[shard].raft.role != .leader { shards[shard].early = [] }
          while !shards[shard].raft.carriedOut.isEmpty {
            let records = shards[shard].raft.carriedOut
            shards[shard].raft.carriedOut = []
            for record in records { heed(record, of: shard, &node) }
          }
          if shards[shard].office == nil, let term = shards[shard].raft.readyTerm {
            takeOffice(shard, term, &node)
            isQuiet = false
          }
          if shards[shard].leader != shards[shard].raft.leader {
            shards[shard].leader = shards[shard].raft.leader
            hasNewLeader = hasNewLeader || shards[shard].leader != nil
          }
        }
        let mail = inbox
        inbox = []
        for content in mail {
          take(content, from: me, &node)
          isQuiet = false
        }
        if isQuiet, hasNewLeader {
          hasNewLeader = false
          askAgain(&node)
          isQuiet = false
        }
      }
      for shard in shards.indices { shards[shard].countSafeTime() }
      serve(&node)
    }

    /// Sends to a region, or leaves it to be read next.
    mutating func send(
      _ content: Message.Content, to region: Region.ID, _ node: inout Node<Message>
    ) {
      if region == me {
        inbox.append(content)
      } else {
        node.send(Message(stamp: stamp, content: content), to: region)
      }
    }

    /// Sends to whoever leads a shard; false if nobody does, as far as is known here.
    @discardableResult
    mutating func sendToLeader(
      of shard: Int, _ content: Message.Content, _ node: inout Node<Message>
    ) -> Bool {
      guard let leader = shards[shard].raft.leader else { return false }
      send(content, to: leader, &node)
      return true
    }

    private mutating func take(
      _ content: Message.Content, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      if case .outcome(let id, let verdict) = content {
        learn(verdict, on: id, &node)
        return
      }
      guard let shard = Message(stamp: 0, content: content).shard else { return }
      guard shards[shard].office != nil else {
        if shards[shard].raft.role == .leader { shards[shard].early.append((content, sender)) }
        return
      }
      switch content {
      case .begin(let begin): admit(begin, from: sender, &node)
      case .vote(let vote): count(vote, &node)
      case .wound(let id, let coordinator, let participant):
        hearWound(id, coordinator, from: participant, &node)
      case .resolve(let id, let verdict, let participant):
        resolve(id, verdict, participant, &node)
      case .askSafe(let shard, let timestamp, let id): promise(timestamp, id, shard, &node)
      case .depart(let tablet, let from, let to): prepareToLeave(tablet, from, to: to, &node)
      case .handOver(let tablet): takeOver(tablet, &node)
      case .raft, .outcome: break
      }
    }

    private mutating func takeOffice(_ shard: Int, _ term: Int64, _ node: inout Node<Message>) {
      shards[shard].office = Office(term, on: shards[shard].shelf, at: node.now)
      let early = shards[shard].early
      shards[shard].early = []
      for (content, sender) in early { take(content, from: sender, &node) }
    }

    // MARK: Time

    /// A timestamp that is not before now: TT.now().latest, or the next hybrid time.
    mutating func latest(_ node: inout Node<Message>) -> Int64 {
      wall = node.wallClock
      switch plan.clock {
      case .interval: return wall.nanoseconds + plan.uncertainty.nanoseconds
      case .hybrid:
        hybrid = max(hybrid + 1, wall.nanoseconds)
        return hybrid
      }
    }

    /// A hybrid clock goes on from what it hears, unless that is further ahead than clocks can be: then it
    /// is wrong (CockroachDB does the same beyond the maximum offset).
    private mutating func follow(_ stamp: Int64, _ node: inout Node<Message>) {
      guard plan.clock == .hybrid, stamp > hybrid else { return }
      wall = node.wallClock
      if stamp <= (wall + plan.doubt).nanoseconds { hybrid = stamp }
    }

    /// Whether a timestamp is past wherever one looks, TT.after; if not, this region looks again when
    /// it is. Always so where nobody waits.
    mutating func isPast(_ timestamp: Int64, _ node: inout Node<Message>) -> Bool {
      guard plan.waits else { return true }
      wall = node.wallClock
      let missing = timestamp + plan.uncertainty.nanoseconds - wall.nanoseconds
      if missing < 0 { return true }
      node.wake(Timer.due, after: .nanoseconds(missing + 1))
      return false
    }

    // MARK: What others see

    /// Leads the first shard: what a fault on the primary hits.
    public var isPrimary: Bool { shards.first?.raft.role == .leader }

    public var unfinished: String? {
      for shard in shards {
        if let reason = shard.raft.unfinished { return "shard \(shard.number): \(reason)" }
        if let office = shard.office, !office.works.isEmpty {
          return "shard \(shard.number): \(office.works.count) transactions are under way"
        }
        if let office = shard.office, !office.departures.isEmpty {
          return "shard \(shard.number): \(office.departures.count) tablets are to leave"
        }
        if let move = shard.moves.first(where: { $0.to != shard.number && !$0.isCleared }) {
          return "shard \(shard.number): tablet \(move.tablet) moves to shard \(move.to)"
        }
        // What is not past for all, or not yet old enough to be read, would be missed.
        let age = wall.nanoseconds - Machine.newestChange(shard.shelf)
        if age <= (plan.staleness + plan.uncertainty).nanoseconds {
          return "shard \(shard.number): its newest change is not past"
        }
      }
      return asked.isEmpty ? nil : "\(asked.count) requests are open"
    }
  }
}
