// The queue of a world: events come out in the order (instant, sequence of scheduling).
//
// A timing wheel of 16 us slots over a two-level bitmap (Varghese and Lauck, "Hashed and
// Hierarchical Timing Wheels", scheme 6) holds the next half second; a binary heap holds what lies
// further ahead and refills the wheel as it turns. A slot is sorted when it is opened; it holds a
// few events, or a burst of thousands. Benchmarks/ guards the speed.

/// What happens: a tag and a few integers. Messages and answers wait in slabs under `payload`.
@usableFromInline struct Event: Sendable {
  @usableFromInline enum Kind: UInt8, Sendable {
    case message, request, reply, timer, release, flush, alarm, fault, probe, check, checked,
      door
  }
  @usableFromInline var kind: Kind
  /// The region concerned.
  @usableFromInline var node: UInt8
  /// The other region, or the client's place plus one, where there is one.
  @usableFromInline var peer: UInt8
  /// A client's number, or a server's incarnation.
  @usableFromInline var token: UInt32
  @usableFromInline var payload: Int64

  @usableFromInline init(
    _ kind: Kind, node: UInt8 = 0, peer: UInt8 = 0, token: UInt32 = 0, payload: Int64 = 0
  ) {
    self.kind = kind
    self.node = node
    self.peer = peer
    self.token = token
    self.payload = payload
  }
}

struct Ticket {
  var at: Int64
  var sequence: Int64
  var event: Event
  /// The next ticket of the same slot, or of the free list; -1 ends it.
  var next: Int32

  static func precedes(_ left: Ticket, _ right: Ticket) -> Bool {
    left.at != right.at ? left.at < right.at : left.sequence < right.sequence
  }
}

struct EventQueue: ~Copyable {
  private static let shift: Int64 = 14
  private static let slots = 1 << 15
  private static let mask = slots - 1
  /// So many tickets of one slot are sorted by insertion.
  private static let few = 32

  /// First ticket of each slot, plus one; 0 is empty.
  private let heads: UnsafeMutablePointer<Int32>
  /// A bit a slot; a bit a word of those.
  private let occupied: UnsafeMutablePointer<UInt64>
  private let summary: UnsafeMutablePointer<UInt64>
  private var tickets: [Ticket] = []
  private var free: Int32 = -1
  /// The slot that is open, as an absolute number, and its tickets in order.
  private var openSlot: Int64 = 0
  private var open: [Ticket] = []
  private var opened = 0
  /// Tickets beyond the wheel: a binary heap.
  private var far: [Ticket] = []
  private var inWheel = 0
  private var scheduled: Int64 = 0

  init() {
    heads = .allocate(capacity: Self.slots)
    heads.initialize(repeating: 0, count: Self.slots)
    occupied = .allocate(capacity: Self.slots / 64)
    occupied.initialize(repeating: 0, count: Self.slots / 64)
    summary = .allocate(capacity: Self.slots / 4096)
    summary.initialize(repeating: 0, count: Self.slots / 4096)
  }

  deinit {
    heads.deallocate()
    occupied.deallocate()
    summary.deallocate()
  }

  var isEmpty: Bool { opened == open.count && inWheel == 0 && far.isEmpty }

  mutating func schedule(_ event: Event, at instant: Int64) {
    scheduled &+= 1
    let ticket = Ticket(at: instant, sequence: scheduled, event: event, next: -1)
    let slot = instant >> Self.shift
    if slot <= openSlot {
      insertIntoOpen(ticket)
    } else if slot < openSlot + Int64(Self.slots) {
      insertIntoWheel(ticket, slot)
    } else {
      pushFar(ticket)
    }
  }

  /// The next event, if it happens at `limit` or before.
  mutating func next(until limit: Int64) -> (at: Int64, event: Event)? {
    while opened == open.count {
      guard let slot = nextSlot(), slot << Self.shift <= limit else { return nil }
      openSlot(slot)
    }
    let ticket = open[opened]
    guard ticket.at <= limit else { return nil }
    opened += 1
    return (ticket.at, ticket.event)
  }

  private mutating func insertIntoOpen(_ ticket: Ticket) {
    var place = open.count
    open.append(ticket)
    while place > opened, Ticket.precedes(ticket, open[place - 1]) {
      open[place] = open[place - 1]
      place -= 1
    }
    open[place] = ticket
  }

  /// Adds to the slot that is being opened: in order while they are few, else `openSlot` sorts.
  private mutating func collect(_ ticket: Ticket) {
    if open.count < Self.few { insertIntoOpen(ticket) } else { open.append(ticket) }
  }

  private mutating func insertIntoWheel(_ ticket: Ticket, _ slot: Int64) {
    let place = Int(slot) & Self.mask
    var ticket = ticket
    ticket.next = heads[place] - 1
    if free >= 0 {
      let index = free
      free = tickets[Int(index)].next
      tickets[Int(index)] = ticket
      heads[place] = index + 1
    } else {
      tickets.append(ticket)
      heads[place] = Int32(tickets.count)
    }
    occupied[place >> 6] |= 1 << UInt64(place & 63)
    summary[place >> 12] |= 1 << UInt64((place >> 6) & 63)
    inWheel += 1
  }

  /// The next slot that holds something.
  private func nextSlot() -> Int64? {
    if inWheel == 0 { return far.first.map { $0.at >> Self.shift } }
    let start = Int(openSlot + 1) & Self.mask
    let place = firstOccupied(from: start) ?? firstOccupied(from: 0) ?? start
    return openSlot + 1 + Int64((place - start) & Self.mask)
  }

  private func firstOccupied(from start: Int) -> Int? {
    let word = start >> 6
    let rest = occupied[word] & (~0 << UInt64(start & 63))
    if rest != 0 { return word << 6 + rest.trailingZeroBitCount }
    var group = (word + 1) >> 6
    guard group < Self.slots / 4096 else { return nil }
    var words = summary[group] & (~0 << UInt64((word + 1) & 63))
    while words == 0 {
      group += 1
      guard group < Self.slots / 4096 else { return nil }
      words = summary[group]
    }
    let found = group << 6 + words.trailingZeroBitCount
    return found << 6 + occupied[found].trailingZeroBitCount
  }

  private mutating func openSlot(_ slot: Int64) {
    openSlot = slot
    open.removeAll(keepingCapacity: true)
    opened = 0
    let place = Int(slot) & Self.mask
    var index = heads[place] - 1
    while index >= 0 {
      let ticket = tickets[Int(index)]
      collect(ticket)
      tickets[Int(index)].next = free
      free = index
      index = ticket.next
      inWheel -= 1
    }
    heads[place] = 0
    occupied[place >> 6] &= ~(1 << UInt64(place & 63))
    if occupied[place >> 6] == 0 { summary[place >> 12] &= ~(1 << UInt64((place >> 6) & 63)) }
    while let first = far.first, first.at >> Self.shift < slot + Int64(Self.slots) {
      let ticket = popFar(first)
      if ticket.at >> Self.shift <= slot {
        collect(ticket)
      } else {
        insertIntoWheel(ticket, ticket.at >> Self.shift)
      }
    }
    if open.count > Self.few { open.sort(by: Ticket.precedes) }
  }

  private mutating func pushFar(_ ticket: Ticket) {
    var place = far.count
    far.append(ticket)
    while place > 0 {
      let parent = (place - 1) / 2
      guard Ticket.precedes(ticket, far[parent]) else { break }
      far[place] = far[parent]
      place = parent
    }
    far[place] = ticket
  }

  private mutating func popFar(_ first: Ticket) -> Ticket {
    let last = far.removeLast()
    guard !far.isEmpty else { return first }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < far.count else { break }
      if child + 1 < far.count, Ticket.precedes(far[child + 1], far[child]) { child += 1 }
      guard Ticket.precedes(far[child], last) else { break }
      far[place] = far[child]
      place = child
    }
    far[place] = last
    return first
  }
}
