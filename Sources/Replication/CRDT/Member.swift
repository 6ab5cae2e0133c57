// A region: takes operations from clients, keeps rows and what it includes, and hands over to the exchange
// that its options name. The three exchanges have a file each in Exchange/, the data types in Types/.

import Histories
import Simulation

extension CRDT {
  /// One region's replica.
  public struct Member: Replica {
    let options: CRDT
    let region: Region.ID
    let topology: Topology
    let types: Types
    let context: Context
    let log: OperationLog
    /// How many updates of each region are in the rows here; the durable context in memory.
    var included = VersionVector()
    var clock: any Stamping
    var peers: Peers
    /// Of the exchange by operations: what waits for its causes, and what is published.
    var buffer: CausalBuffer
    let capture: any Capture
    /// Of the exchange by deltas.
    var changes: Changes
    /// What was stable when tombstones were last looked for.
    private var collected = VersionVector()
    /// Of the exchange by states.
    var policy: any MergePolicy

    private static let tick = TimerID(1)

    init(_ options: CRDT, region: Region.ID, topology: Topology) {
      self.options = options
      self.region = region
      self.topology = topology
      let layout = Layout(options, in: topology)
      types = layout.types
      context = layout.context
      log = layout.log
      clock = options.flaw.clock(options.clock == .hybrid ? HybridClock() : WallClock())
      peers = Peers(in: topology)
      buffer = CausalBuffer(in: topology)
      capture = options.flaw.capture
      changes = Changes(in: topology)
      policy = options.flaw.policy(patience: options.antiEntropy * 4)
    }

    public mutating func start(_ node: inout Node<Message>) {
      let last = context.load(in: node.store)
      included = last.included
      if let latest = last.latest { clock.merge(latest) }
      changes = Changes(in: topology, after: last.changes)
      peers.begin(with: included)
      guard topology.count > 1 else { return }
      // Not all at once, and not always the same pair.
      for _ in 0..<node.random.below(topology.count) { _ = peers.next(among: node.peers) }
      node.wake(Self.tick, after: node.random.within(.zero...options.antiEntropy))
    }

    // MARK: Inputs

    public mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      switch request.operation {
      case .read(let key, let type):
        let (answer, version) = types.read(key, type, in: node.store)
        node.reply(to: request.id, .ok(answer, version))
      case .transaction(let steps) where options.supports(request.operation):
        // One input is handled at one moment: between its steps nothing is delivered.
        let answers = steps.map { step -> Answer in
          guard case .read(let key, let type) = step else { return .done }
          return types.read(key, type, in: node.store).0
        }
        node.reply(to: request.id, .ok(.steps(answers), nil))
      case let update:
        guard options.supports(update), let (kind, key, value) = CRDT.kind(of: update) else {
          return node.reply(to: request.id, .fail(.unsupported))
        }
        guard context.isNew(request.id, in: node.store) else { return }
        if case .compareAndSet(_, let expected, _) = update,
          types.read(key, .register, in: node.store).0 != .value(expected)
        {
          return node.reply(to: request.id, .fail(.conditionFailed))
        }
        node.reply(to: request.id, originate(kind, key, value, &node))
      }
    }

    public mutating func receive(
      _ message: Message, from sender: Region.ID, _ node: inout Node<Message>
    ) {
      switch message.content {
      case .update(let entry):
        accept([entry], &node)
      case .ask(let vector, let round):
        answer(vector, round, to: sender, &node)
      case .answer(let entries, let vector, let more, let round):
        accept(entries, &node)
        conclude(vector, more: more, round, with: sender, &node)
      case .state(let state):
        acceptState(state, from: sender, &node)
      case .delta(let delta, let number):
        acceptDelta(delta, upTo: number, from: sender, &node)
      case .acknowledge(let vector, let number):
        acceptAcknowledgement(vector, upTo: number, from: sender, &node)
      case .lend(let key, let amount):
        lend(amount, of: key, to: sender, &node)
      }
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      let isQuiet = peers.tick(included)
      switch options.exchange {
      case .operation: askPeers(isQuiet, &node)
      case .delta: sendDeltas(isQuiet, &node)
      case .state: sendStates(isQuiet, &node)
      }
      collect(&node)
      let half = options.antiEntropy / 2
      node.wake(Self.tick, after: half + node.random.within(.zero...options.antiEntropy))
    }

    /// The peer whose turn it is; if nothing has been included since the last time, also all that are not
    /// known to have the same: then a quiet system is soon known to be equal, however large. (Not these
    /// alone: a state has no answer, so who knows of all others must tell them, too.)
    mutating func peersToTell(_ isQuiet: Bool, _ node: inout Node<Message>) -> [Region.ID] {
      let all = node.peers
      let unequal = isQuiet ? all.filter { peers.known($0) != included } : []
      let next = peers.next(among: all)
      return unequal.contains(next) ? unequal : unequal + [next]
    }

    public var unfinished: String? {
      if buffer.count > 0 { return "\(buffer.count) operations wait for what they depend on" }
      guard options.exchange != .operation || options.resync else { return nil }
      let unequal = topology.ids.filter { $0 != region && peers.known($0) != included }
      guard !unequal.isEmpty else { return nil }
      let names = unequal.map { topology.name(of: $0) }.joined(separator: ", ")
      return "does not know whether all operations are here and at \(names)"
    }

    // MARK: Updates

    /// Makes an update of the region's own, and sends it where operations are exchanged.
    @discardableResult
    mutating func originate(
      _ kind: Kind, _ key: Key, _ value: Value, detail: [Int64] = [], _ node: inout Node<Message>
    ) -> Outcome {
      let sequence = included[region] + 1
      let tick = options.clockResolution.nanoseconds
      let wall = node.wallClock.nanoseconds
      let reading = Instant(nanoseconds: wall - (wall % tick + tick) % tick)
      var entry = Entry(
        origin: region, sequence: sequence, kind: kind, key: key, value: value,
        timestamp: clock.stamp(reading, sequence: sequence), seen: included, detail: detail)
      if let refusal = types.prepare(&entry, on: Rows(node.store)) {
        if refusal == .notServing { borrow(key, 0 - value, &node) }
        return .fail(refusal)
      }
      _ = apply(entry, &node)
      if options.exchange == .operation {
        node.broadcast(Message(.update(entry), in: topology))
      }
      let isVersioned =
        kind == .write && options.register == .lww && options.fieldsPerRow == 1
      return .ok(.done, isVersioned ? entry.version : nil)
    }

    /// Carries out an update and notes durably that it is included; true if it met one that its author
    /// had not seen.
    mutating func apply(_ entry: Entry, _ node: inout Node<Message>) -> Bool {
      var rows = Rows(node.store)
      let isConflict = types.effect(entry, on: &rows)
      clock.merge(entry.timestamp)
      if options.exchange == .operation {
        log.append(entry, to: node.store)
        included[entry.origin] = reach(of: entry, in: node.store)
      } else {
        changes.note(rows.touched)
        included[entry.origin] = entry.sequence
      }
      note(entry.origin, node.store)
      return isConflict
    }

    /// Writes down how many updates of a region are included.
    func note(_ origin: Region.ID, _ store: any Store) {
      context.note(
        origin, included[origin], clock.latest, changes: changes.number, at: region, in: store)
    }

    // MARK: Escrow

    /// Asks the richest region for rights to decrements.
    private func borrow(_ key: Key, _ lacking: Value, _ node: inout Node<Message>) {
      guard let escrow = types.escrow,
        let peer = escrow.richest(key, among: node.peers, in: node.store)
      else { return }
      node.send(Message(.lend(key, lacking), in: topology), to: peer)
    }

    /// Gives a peer some of the region's own rights.
    private mutating func lend(
      _ amount: Value, of key: Key, to peer: Region.ID, _ node: inout Node<Message>
    ) {
      guard let gift = types.escrow?.gift(amount, from: region, key, in: node.store), gift > 0
      else { return }
      originate(.transfer, key, gift, detail: [Int64(peer.raw)], &node)
    }

    // MARK: Forgetting

    /// Cuts the log, and forgets tombstones.
    private mutating func collect(_ node: inout Node<Message>) {
      let stable = peers.stable(included, in: region)
      if options.exchange == .operation, options.compactsLog {
        log.compact(stable, in: node.store)
      }
      switch options.tombstones {
      case .keep: return
      case .causalStability:
        guard stable != collected else { return }
        collected = stable
        types.collect(Obsolescence(stable: stable, before: nil), in: node.store)
      case .after(let age):
        let before = (node.wallClock - age).nanoseconds
        types.collect(Obsolescence(stable: stable, before: before), in: node.store)
      }
    }
  }

  /// What an update of a client does.
  static func kind(of update: Operation) -> (Kind, Key, Value)? {
    switch update {
    case .write(let key, let value), .compareAndSet(let key, _, let value): (.write, key, value)
    case .increment(let key, by: let amount, floor: nil): (.increment, key, amount)
    case .increment(let key, by: let amount, floor: _): (.boundedIncrement, key, amount)
    case .insert(let key, let element): (.insert, key, element)
    case .remove(let key, let element): (.remove, key, element)
    case .append(let key, let element): (.append, key, element)
    case .read, .transaction: nil
    }
  }
}
