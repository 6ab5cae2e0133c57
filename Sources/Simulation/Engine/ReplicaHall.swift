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

/// One region's replica and its node.
@usableFromInline struct Seat<Member: Replica> {
  @usableFromInline var replica: Member?
  @usableFromInline var node: Node<Member.Message>

  @usableFromInline init(node: Node<Member.Message>) { self.node = node }

  @inlinable mutating func work(
    _ inputs: [Input], _ messages: inout Slab<Member.Message>, _ world: inout World
  ) {
    for input in inputs {
      let payload = Int(truncatingIfNeeded: input.payload)
      switch input.kind {
      case .message:
        guard let message = messages.take(payload) else { continue }
        replica?.receive(message, from: Region.ID(Int(input.peer)), &node)
      case .request:
        guard let request = world.requests.take(payload) else { continue }
        replica?.handle(request, &node)
      case .timer:
        replica?.wake(TimerID(input.payload), &node)
      case .start:
        replica?.start(&node)
      case .command:
        guard let command = Command(rawValue: input.payload) else { continue }
        replica?.obey(command, &node)
      }
    }
  }

  @inlinable mutating func release(
    _ region: Int, _ messages: inout Slab<Member.Message>, _ world: inout World
  ) {
    if !node.outgoing.isEmpty {
      for outgoing in node.outgoing {
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
      node.outgoing.removeAll(keepingCapacity: true)
    }
    if !node.replies.isEmpty {
      for reply in node.replies { world.answer(reply.request, reply.outcome, from: region) }
      node.replies.removeAll(keepingCapacity: true)
    }
    if !node.timers.isEmpty {
      for timer in node.timers { world.setTimer(timer.timer, after: timer.after, at: region) }
      node.timers.removeAll(keepingCapacity: true)
    }
  }
}

@usableFromInline struct ReplicaHall<Member: Replica> {
  @usableFromInline let make: (Region.ID, Topology) -> Member
  @usableFromInline var seats: [Seat<Member>] = []
  @usableFromInline var messages = Slab<Member.Message>()

  @usableFromInline init(make: @escaping (Region.ID, Topology) -> Member) { self.make = make }

  @inlinable var tallies: [Int] {
    var sum = [Int](repeating: 0, count: Tally.allCases.count)
    for seat in seats {
      for place in sum.indices { sum[place] += seat.node.tallies[place] }
    }
    return sum
  }

  @inlinable mutating func boot(_ region: Int, _ world: inout World) {
    while seats.count <= region { seats.append(Seat(node: world.makeNode(seats.count))) }
    seats[region].node.tell(disksReplaced: world.disksReplaced(in: region))
    seats[region].replica = make(Region.ID(region), world.topology)
  }

  @inlinable mutating func crash(_ region: Int) {
    seats[region].replica = nil
    seats[region].node.outgoing.removeAll()
    seats[region].node.replies.removeAll()
    seats[region].node.timers.removeAll()
  }

  @inlinable mutating func work(_ region: Int, _ world: inout World) {
    var inputs = world.takeInbox(region)
    seats[region].node.trueNow = world.now
    seats[region].node.clock = world.clocks[region]
    let store = world.stores[region]
    store.begin()
    seats[region].work(inputs, &messages, &world)
    let wrote = store.commit()
    if world.endBatch(region, &inputs, wrote: wrote) {
      seats[region].release(region, &messages, &world)
    }
  }

  @inlinable mutating func release(_ region: Int, _ world: inout World) {
    seats[region].release(region, &messages, &world)
  }
}

/// A value with a fixed address. The closures of a `Cluster` share the hall through it; a class's
/// stored property would be checked for overlapping access dynamically, 15 % of the loop.
@usableFromInline final class Pinned<Value> {
  @usableFromInline let pointer: UnsafeMutablePointer<Value>

  @usableFromInline init(_ value: Value) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: value)
  }

  deinit {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }
}
