// What one client does next, in one request where the strategy can, else in the steps that a user
// of it would write: read, compute, write. The history records the whole as one operation, so the
// updates that such steps lose show.

import Histories

/// One logical operation of a client.
struct Intent: Sendable {
  /// What the history says of it.
  let function: Function
  let key: Key
  var value: Int64 = 0
  var extra: Int64 = 0
  /// The steps of a transaction, as the history says them.
  var steps: [Operation] = []
  /// What is inserted if it is several elements.
  var list: [Int64] = []
  var procedure: Procedure

  /// A transaction as one request if the strategy has it, else as a client does it by hand.
  static func transaction(
    _ steps: [Operation], _ supports: (Operation) -> Bool
  ) -> Intent {
    let whole = Operation.transaction(steps)
    return Intent(
      function: .transaction, key: 0, steps: steps,
      procedure: Procedure(supports(whole) ? .single(whole) : .eachStep(steps)))
  }

  /// An increment of a counter; read and write back where the strategy has none.
  static func increment(
    _ key: Key, by amount: Value, _ supports: (Operation) -> Bool
  ) -> Intent {
    let increment = Operation.increment(key, by: amount, floor: nil)
    return Intent(
      function: .increment, key: key, value: amount,
      procedure: Procedure(supports(increment) ? .single(increment) : .readAndAdd(key, amount)))
  }

  /// A read of what such increments change.
  static func readOfCounter(_ key: Key, _ supports: (Operation) -> Bool) -> Intent {
    let hasCounters = supports(.increment(key, by: 1, floor: nil))
    let operation = Operation.read(key, hasCounters ? .counter : .register)
    return Intent(function: .read, key: key, procedure: Procedure(.single(operation)))
  }

  /// A read of several sets, at once where the strategy has transactions; the history has it under one
  /// key.
  static func ofSets(
    _ sets: [Key], under key: Key, _ supports: (Operation) -> Bool
  ) -> Intent {
    let steps = sets.map { Operation.read($0, .set) }
    let whole = Operation.transaction(steps)
    return Intent(
      function: .read, key: key,
      procedure: Procedure(supports(whole) ? .single(whole) : .eachStep(steps)))
  }
}

/// How an intent is carried out.
struct Procedure: Sendable {
  enum Kind: Sendable {
    /// One request says it all.
    case single(Operation)
    /// Reads a register and writes it back with the amount added.
    case readAndAdd(Key, Value)
    /// Moves an amount between two registers: reads both, writes both.
    case readAndMove(from: Key, to: Key, amount: Value, floor: Value?)
    /// Moves an amount between two counters, one after the other.
    case addAndAdd(from: Key, to: Key, amount: Value, floor: Value?)
    /// Reads keys one after another.
    case readEach([Key], DataType)
    /// Does one thing after another that should have been one transaction.
    case eachStep([Operation])
    /// A program of the workload's own.
    case program(any Program)
  }

  private(set) var kind: Kind
  /// The value of the register or counter that it read last.
  private(set) var lastRead: Value?
  private var stage = 0
  private var gathered: [Int64] = []
  private var answers: [Answer] = []

  init(_ kind: Kind) { self.kind = kind }
  init(_ program: any Program) { kind = .program(program) }

  /// What comes after an answer.
  enum Next: Equatable {
    case ask(Operation)
    /// Done; what a read of it returned.
    case done(Answer)
    /// A condition of the client's own program was not met: nothing was written.
    case refused
  }

  /// The first request.
  func begin() -> Operation {
    switch kind {
    case .single(let operation): operation
    case .readAndAdd(let key, _): .read(key, .register)
    case .readAndMove(let from, _, _, _): .read(from, .register)
    case .addAndAdd(let from, _, _, _): .read(from, .counter)
    case .readEach(let keys, let type): .read(keys.first ?? 0, type)
    case .eachStep(let steps): steps[0]
    case .program(let program): program.begin()
    }
  }

  /// Whether one request says it all.
  var isOneRequest: Bool { if case .single = kind { true } else { false } }

  /// Whether a refusal of the current request means that nothing has happened at all.
  var hasWrittenNothing: Bool {
    switch kind {
    case .single, .readEach: true
    case .readAndAdd: stage <= 1
    case .readAndMove: stage <= 2
    case .addAndAdd: stage <= 1
    case .eachStep(let steps): steps.prefix(stage).allSatisfy(\.isReadOnly)
    case .program(let program): program.hasWrittenNothing
    }
  }

  /// Takes the answer to the current request.
  mutating func advance(_ answer: Answer) -> Next {
    stage += 1
    if let read = answer.value { lastRead = read }
    let value: Int64 = if case .value(let found) = answer { found ?? 0 } else { 0 }
    switch kind {
    case .single:
      return .done(answer)
    case .readAndAdd(let key, let amount):
      return stage == 1 ? .ask(.write(key, value + amount)) : .done(.done)
    case .readAndMove(let from, let to, let amount, let floor):
      gathered.append(value)
      switch stage {
      case 1:
        if let floor, value - amount < floor { return .refused }
        return .ask(.read(to, .register))
      case 2: return .ask(.write(from, gathered[0] - amount))
      case 3: return .ask(.write(to, gathered[1] + amount))
      default: return .done(.done)
      }
    case .addAndAdd(let from, let to, let amount, let floor):
      switch stage {
      case 1:
        if let floor, value - amount < floor { return .refused }
        return .ask(.increment(from, by: -amount, floor: nil))
      case 2: return .ask(.increment(to, by: amount, floor: nil))
      default: return .done(.done)
      }
    case .readEach(let keys, let type):
      gathered.append(value)
      if stage < keys.count { return .ask(.read(keys[stage], type)) }
      return .done(.steps(gathered.map { .value($0) }))
    case .eachStep(let steps):
      answers.append(answer)
      return stage < steps.count ? .ask(steps[stage]) : .done(.steps(answers))
    case .program(var program):
      let next = program.advance(answer)
      kind = .program(program)
      return next
    }
  }

  /// What to ask when nobody told how the current request ended; nil: give up.
  mutating func retry() -> Operation? {
    guard case .program(var program) = kind else { return nil }
    let operation = program.retry()
    kind = .program(program)
    return operation
  }

  /// What a condition that failed means, if it is known to mean that all is done.
  var meaningOfFailedCondition: Answer? {
    if case .program(let program) = kind { program.meaningOfFailedCondition() } else { nil }
  }
}
