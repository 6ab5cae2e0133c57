// The wheel against a plain sorted array: any order of scheduling, near, far and at once.

import Testing

@testable import Simulation

@Suite struct EventQueueTests {
  @Test(arguments: 0..<20)
  func deliversInOrderOfTimeThenSequence(seed: UInt64) {
    var random = Random(seed: seed)
    var queue = EventQueue()
    var expected: [(at: Int64, number: Int64)] = []
    var delivered: [Int64] = []
    var now: Int64 = 0
    var number: Int64 = 0

    func horizon() -> Int64 {
      switch random.below(4) {
      case 0: 0
      case 1: Int64(random.below(20_000))
      case 2: Int64(random.below(600_000_000))
      default: Int64(random.below(20)) * 1_000_000_000
      }
    }
    for _ in 0..<3_000 {
      for _ in 0..<random.below(4) {
        let at = now + horizon()
        queue.schedule(Event(.alarm, payload: number), at: at)
        expected.append((at, number))
        number += 1
      }
      if random.below(3) > 0, let (at, event) = queue.next(until: now + horizon()) {
        #expect(at >= now)
        now = at
        delivered.append(event.payload)
      }
    }
    while let (_, event) = queue.next(until: .max) { delivered.append(event.payload) }
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
    // Equal instants come in the order of scheduling. What was scheduled for an instant that had
    // already been passed over cannot exist: times never lie before now.
    let order = expected.sorted { ($0.at, $0.number) < ($1.at, $1.number) }.map(\.number)
    #expect(delivered == order)
  }

  @Test func stopsAtTheLimit() {
    var queue = EventQueue()
    queue.schedule(Event(.alarm), at: 1_000)
    let early = queue.next(until: 999)
    let due = queue.next(until: 1_000)
    let after = queue.next(until: .max)
    #expect(early == nil && due?.at == 1_000 && after == nil)
  }
}
