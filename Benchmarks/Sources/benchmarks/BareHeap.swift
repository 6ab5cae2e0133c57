// The baseline of workload W: the same events through a binary heap in one loop, with nothing of
// the engine: no network model, no servers, no digest, no slab.

enum BareHeap {
  struct Event {
    var at: Int64
    var sequence: Int64
    var kind: UInt8
    var to: UInt8
    var from: UInt8
    var client: UInt16
    var operation: Int64

    static func precedes(_ left: Event, _ right: Event) -> Bool {
      left.at != right.at ? left.at < right.at : left.sequence < right.sequence
    }
  }

  static func run() -> (delivered: Int, sum: Int64) {
    var heap: [Event] = []
    var sequence: Int64 = 0
    var pending = [(operation: Int64, acknowledgements: Int)](repeating: (-1, 0), count: 50)
    var operations: Int64 = 0
    var delivered = 0
    var completions = 0
    var sum: Int64 = 0

    func push(_ at: Int64, _ kind: UInt8, _ to: UInt8, _ from: UInt8, _ client: UInt16, _ op: Int64)
    {
      sequence += 1
      let event = Event(
        at: at, sequence: sequence, kind: kind, to: to, from: from, client: client, operation: op)
      var place = heap.count
      heap.append(event)
      while place > 0 {
        let parent = (place - 1) / 2
        guard Event.precedes(event, heap[parent]) else { break }
        heap[place] = heap[parent]
        place = parent
      }
      heap[place] = event
    }
    func pop() -> Event {
      let first = heap[0]
      let last = heap.removeLast()
      guard !heap.isEmpty else { return first }
      var place = 0
      while true {
        var child = 2 * place + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, Event.precedes(heap[child + 1], heap[child]) { child += 1 }
        guard Event.precedes(heap[child], last) else { break }
        heap[place] = heap[child]
        place = child
      }
      heap[place] = last
      return first
    }

    for client in 0..<50 {
      push(Int64(client) * 137_000 + 200_000, 0, UInt8(client % 5), 0, UInt16(client), operations)
      operations += 1
    }
    while completions < 200_000 {
      let event = pop()
      delivered += 1
      let client = Int(event.client)
      switch event.kind {
      case 0:
        pending[client] = (event.operation, 0)
        for peer in 0..<5 where peer != Int(event.to) {
          let delay = WorkloadW.milliseconds[Int(event.to)][peer] * 1_000_000
          push(event.at + delay, 1, UInt8(peer), event.to, event.client, event.operation)
        }
      case 1:
        let delay = WorkloadW.milliseconds[Int(event.to)][Int(event.from)] * 1_000_000
        push(event.at + delay, 2, event.from, event.to, event.client, event.operation)
      case 2:
        guard pending[client].operation == event.operation else { continue }
        pending[client].acknowledgements += 1
        guard pending[client].acknowledgements == 2 else { continue }
        push(event.at + 200_000, 3, event.to, 0, event.client, event.operation)
      default:
        completions += 1
        sum += event.at / 1_000 * (Int64(client) + 1)
        push(event.at + 200_000, 0, UInt8(client % 5), 0, event.client, operations)
        operations += 1
      }
    }
    return (delivered, sum)
  }
}
