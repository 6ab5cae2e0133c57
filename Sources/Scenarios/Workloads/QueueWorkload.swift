// Queues of jobs, each to be taken by one worker. Where the strategy has transactions: a log of cells with a
// head and a tail that only compare-and-set moves. Elsewhere what a user would write over a set: look for
// the smallest job and remove it, which two workers can do at the same time.

import Checking
import Histories
import Simulation

/// `kind: queue`.
public struct QueueWorkload: Workload, IntentSource {
  public static let name = "queue"
  public static let summary =
    "jobs put into queues and taken out; look-then-remove without transactions"
  public static let guarantees: [Guarantee] = [.totalQueue, .converged]

  private var keys: KeyChooser
  private let mix: Mix
  private var lastJob: Value = 0

  public init(_ options: inout Options) {
    keys = KeyChooser(&options, default: 2)
    mix = Mix(&options, [("enqueue", 50), ("dequeue", 50)])
  }

  public var facts: Facts { Facts() }

  var needs: [(name: String, operation: Operation)] { [("sets", .insert(0, 1))] }

  private func log(_ queue: Key) -> LogQueue { LogQueue(queue: queue, queues: Key(keys.count)) }

  private func hasLogs(_ supports: (Operation) -> Bool) -> Bool {
    supports(log(0).putting(1, at: 0))
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    guard hasLogs(supports) else { return [] }
    return (0..<keys.count).flatMap { queue in
      [.write(log(Key(queue)).head, 0), .write(log(Key(queue)).tail, 0)]
    }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let hasLogs = hasLogs(supports)
    let isPut = mix.draw(&random) == "enqueue"
    let queue = keys.drawToChange(&random)
    guard isPut else {
      return Intent(
        function: .dequeue, key: queue,
        procedure: hasLogs
          ? Procedure(TakeFromLog(log: log(queue))) : Procedure(TakeFromSet(queue: queue)))
    }
    lastJob += 1
    return Intent(
      function: .enqueue, key: queue, value: lastJob,
      procedure: hasLogs
        ? Procedure(PutIntoLog(log: log(queue), job: lastJob))
        : Procedure(.single(.insert(queue, lastJob))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    keys.worthReading.map { queue in
      Intent(
        function: .read, key: queue,
        procedure: hasLogs(supports)
          ? Procedure(ReadLog(log: log(queue))) : Procedure(.single(.read(queue, .set))))
    }
  }
}

/// Where a queue keeps what.
private struct LogQueue: Sendable {
  let queue: Key
  let queues: Key

  var head: Key { 2 * queue }
  var tail: Key { 2 * queue + 1 }
  func cell(_ place: Value) -> Key { 2 * queues + queue + queues * Key(place) }

  func putting(_ job: Value, at place: Value) -> Operation {
    .transaction([
      .compareAndSet(tail, expected: place, new: place + 1), .write(cell(place), job),
    ])
  }
}

private struct PutIntoLog: Program {
  let log: LogQueue
  let job: Value
  private var hasPut = false

  init(log: LogQueue, job: Value) {
    self.log = log
    self.job = job
  }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation { .read(log.tail, .register) }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    guard !hasPut else { return .done(.done) }
    hasPut = true
    return .ask(log.putting(job, at: answer.value ?? 0))
  }
}

/// Reads what is first, then moves the head past it: whoever does has the job.
private struct TakeFromLog: Program {
  let log: LogQueue
  private var place: Value?
  private var job: Value?

  init(log: LogQueue) { self.log = log }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation { .read(log.head, .register) }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    guard let place else {
      let first = answer.value ?? 0
      place = first
      return .ask(.read(log.cell(first), .register))
    }
    guard let job else {
      guard let found = answer.value else { return .done(.value(nil)) }
      job = found
      return .ask(.compareAndSet(log.head, expected: place, new: place + 1))
    }
    return .done(.value(job))
  }
}

/// Reads all that is left at once.
private struct ReadLog: Program {
  let log: LogQueue
  private var isReading = false

  init(log: LogQueue) { self.log = log }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation {
    .transaction([.read(log.head, .register), .read(log.tail, .register)])
  }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    guard case .steps(let steps) = answer else { return .done(.values([])) }
    let values = steps.compactMap(\.value)
    guard !isReading else { return .done(.values(values)) }
    isReading = true
    guard values.count == 2, values[0] < values[1] else { return .done(.values([])) }
    return .ask(.transaction((values[0]..<values[1]).map { .read(log.cell($0), .register) }))
  }
}

/// Looks for the smallest job, then removes it.
private struct TakeFromSet: Program {
  let queue: Key
  private var job: Value?

  init(queue: Key) { self.queue = queue }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation { .read(queue, .set) }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    if let job { return .done(.value(job)) }
    guard let first = answer.elements.min() else { return .done(.value(nil)) }
    job = first
    return .ask(.remove(queue, first))
  }
}
