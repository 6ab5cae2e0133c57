// A region: takes operations from clients and peers, and delivers them in causal order.
// CRDTAntiEntropy.swift has the other half, what makes up for messages that were lost.

import Histories
import Simulation

extension CRDT {
  /// One region's replica.
  public struct Member: Replica {
    let options: CRDT
    let region: Region.ID
    let topology: Topology
    let tables: Tables
    /// What the log holds.
    var delivered = VersionVector()
    var clock = HybridClock()
    var buffer: CausalBuffer
    var exchange: Exchange

    init(_ options: CRDT, region: Region.ID, topology: Topology) {
      self.options = options
      self.region = region
      self.topology = topology
      tables = Tables(options.register, in: topology)
      buffer = CausalBuffer(in: topology)
      exchange = Exchange(in: topology)
    }

    public mutating func start(_ node: inout Node<Message>) {
      for entry in tables.log.last(in: node.store) {
        delivered[entry.origin] = entry.sequence
        clock.merge(entry.timestamp)
      }
      startAntiEntropy(&node)
    }

    public mutating func handle(_ request: Request, _ node: inout Node<Message>) {
      switch request.operation {
      case .read(let key, let type) where type != .list:
        let (answer, version) = tables.read(key, type, in: node.store)
        node.reply(to: request.id, .ok(answer, version))
      case .write(let key, let value):
        originate(.write, key, value, request.id, &node)
      case .increment(let key, by: let amount, floor: nil):
        originate(.increment, key, amount, request.id, &node)
      case .insert(let key, let element):
        originate(.insert, key, element, request.id, &node)
      case .remove(let key, let element):
        originate(.remove, key, element, request.id, &node)
      case .transaction(let steps) where options.supports(request.operation):
        // One input is handled at one moment: between its steps nothing is delivered.
        let answers = steps.map { step -> Answer in
          guard case .read(let key, let type) = step else { return .done }
          return tables.read(key, type, in: node.store).0
        }
        node.reply(to: request.id, .ok(.steps(answers), nil))
      case .read, .compareAndSet, .increment, .append, .transaction:
        node.reply(to: request.id, .fail(.unsupported))
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
      }
    }

    public mutating func wake(_ timer: TimerID, _ node: inout Node<Message>) {
      askNext(&node)
    }

    public var unfinished: String? {
      if buffer.count > 0 { return "\(buffer.count) operations wait for what they depend on" }
      let unequal = topology.ids.filter { $0 != region && exchange.known($0) != delivered }
      guard !unequal.isEmpty else { return nil }
      let names = unequal.map { topology.name(of: $0) }.joined(separator: ", ")
      return "does not know whether all operations are here and at \(names)"
    }

    /// Makes an operation of a client's update, once.
    private mutating func originate(
      _ kind: Kind, _ key: Key, _ value: Value, _ request: Request.ID, _ node: inout Node<Message>
    ) {
      guard tables.isNew(request, in: node.store) else { return }
      let sequence = delivered[region] + 1
      let entry = Entry(
        origin: region, sequence: sequence, kind: kind, key: key, value: value,
        timestamp: timestamp(sequence, &node), seen: delivered)
      _ = deliver(entry, &node)
      node.broadcast(Message(.update(entry), in: topology))
      let isVersioned = kind == .write && options.register == .lww
      node.reply(to: request, .ok(.done, isVersioned ? entry.version : nil))
    }

    /// The hybrid clock moves on with each operation; so does the wall clock's logical part, which
    /// only makes two operations at one reading differ.
    private mutating func timestamp(
      _ sequence: Int64, _ node: inout Node<Message>
    ) -> HybridClock.Timestamp {
      switch options.clock {
      case .hybrid: clock.tick(node.wallClock)
      case .wall:
        HybridClock.Timestamp(wall: node.wallClock.nanoseconds, logical: sequence)
      }
    }

    /// Takes operations that peers sent, and delivers what can be.
    private mutating func accept(_ entries: [Entry], _ node: inout Node<Message>) {
      for entry in entries where !delivered.includes(entry.sequence, of: entry.origin) {
        buffer.add(entry)
        while let next = buffer.next(after: delivered) {
          if deliver(next, &node) { node.tally(.conflicts) }
        }
      }
    }

    /// Puts an operation into the log and applies it; true if it met a write that its author had
    /// not seen.
    private mutating func deliver(_ entry: Entry, _ node: inout Node<Message>) -> Bool {
      tables.log.append(entry, to: node.store)
      delivered[entry.origin] = entry.sequence
      clock.merge(entry.timestamp)
      buffer.remove(entry.sequence, of: entry.origin)
      return tables.apply(entry, to: node.store)
    }
  }
}
