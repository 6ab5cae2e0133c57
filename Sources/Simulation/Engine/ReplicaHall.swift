// Where the replicas of one strategy and their messages live, with their types known.
//
// The only inlinable code of the engine: a strategy's module compiles it for its own replica type
// (Benchmarks/ "workload W" guards what that is worth). It moves inputs into a replica and effects
// out of it; everything about time, network and faults is the world's, and not generic.

/// What waits at a server: small integers, the values are in slabs.
@usableFromInline struct Input: Sendable {
  @usableFromInline enum Kind: UInt8, Sendable { case start, message, request, timer, command }
  @usableFromInline let kind: Kind
  @usableFromInline let peer: UInt8
  @usableFromInline let payload: Int64

  init(_ kind: Kind, peer: UInt8 = 0, payload: Int64) {
    self.kind = kind
    self.peer = peer
    self.payload = payload
  }
}

@usableFromInline final class ReplicaHall<Member: Replica> {
  @usableFromInline let make: (Region.ID, Topology) -> Member
  @usableFromInline var replicas: [Member?] = []
  @usableFromInline var nodes: [Node<Member.Message>] = []
  @usableFromInline var messages = Slab<Member.Message>()

  @usableFromInline init(make: @escaping (Region.ID, Topology) -> Member) { self.make = make }

  @inlinable var tallies: [Int] {
    var sum = [Int](repeating: 0, count: Tally.allCases.count)
    for node in nodes {
      for place in sum.indices { sum[place] += node.tallies[place] }
    }
    return sum
  }

  @inlinable func boot(_ region: Int, _ world: inout World) {
    while nodes.count <= region {
      nodes.append(world.makeNode(nodes.count))
      replicas.append(nil)
    }
    replicas[region] = make(Region.ID(region), world.topology)
  }

  @inlinable func crash(_ region: Int) {
    replicas[region] = nil
    nodes[region].outgoing.removeAll()
    nodes[region].replies.removeAll()
    nodes[region].timers.removeAll()
  }

  @inlinable func work(_ region: Int, _ world: inout World) {
    let inputs = world.takeInbox(region)
    nodes[region].trueNow = world.now
    nodes[region].clock = world.clocks[region]
    world.stores[region].begin()
    for input in inputs {
      let payload = Int(truncatingIfNeeded: input.payload)
      switch input.kind {
      case .message:
        guard let message = messages.take(payload) else { continue }
        replicas[region]?.receive(message, from: Region.ID(Int(input.peer)), &nodes[region])
      case .request:
        guard let request = world.requests.take(payload) else { continue }
        replicas[region]?.handle(request, &nodes[region])
      case .timer:
        replicas[region]?.wake(TimerID(input.payload), &nodes[region])
      case .start:
        replicas[region]?.start(&nodes[region])
      case .command:
        guard let command = Command(rawValue: input.payload) else { continue }
        replicas[region]?.obey(command, &nodes[region])
      }
    }
    let wrote = world.stores[region].commit()
    if world.endBatch(region, inputs, wrote: wrote) { release(region, &world) }
  }

  @inlinable func release(_ region: Int, _ world: inout World) {
    for place in nodes[region].outgoing.indices {
      let outgoing = nodes[region].outgoing[place]
      let receivers = outgoing.to.nonzeroBitCount
      // One use for each receiver and one for us, so that a loss cannot free it under our hands.
      let slot = messages.insert(outgoing.message, uses: receivers + 1)
      let bytes = outgoing.message.bytes
      var rest = outgoing.to
      while rest != 0 {
        let copies = world.transmit(
          slot, from: region, to: rest.trailingZeroBitCount, bytes: bytes)
        if copies == 0 { messages.discard(slot) }
        if copies == 2 { messages.uses[slot] += 1 }
        rest &= rest - 1
      }
      messages.discard(slot)
    }
    nodes[region].outgoing.removeAll(keepingCapacity: true)
    for reply in nodes[region].replies { world.answer(reply.request, reply.outcome, from: region) }
    nodes[region].replies.removeAll(keepingCapacity: true)
    for timer in nodes[region].timers { world.setTimer(timer.timer, after: timer.after, at: region) }
    nodes[region].timers.removeAll(keepingCapacity: true)
  }
}
