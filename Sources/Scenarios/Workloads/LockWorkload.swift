// Locks with leases, and writes to what they guard. A lock is a register that counts: even, it is free; odd,
// somebody holds it, and the number is the fencing token. A client that finds it held, with the same token
// each time, takes it for abandoned after some attempts and steals it, as lock clients over DynamoDB do
// (which have no clock in common either). A holder that is slow does not notice, and writes on.
//
// With fencing the guarded register keeps the newest token it has seen, and refuses older ones. Compare-and-
// set where the strategy has it; else what a user would write: read, then write.

import Checking
import Histories
import Simulation

/// `kind: lock`.
public struct LockWorkload: Workload, IntentSource {
  public static let name = "lock"
  public static let summary = "locks with leases and fencing tokens, and writes that they guard"
  public static let guarantees: [Guarantee] = [.fencing, .mutualExclusion, .converged]

  private let locks: Int
  private let patience: Int
  private let writes: Int
  private let isFenced: Bool
  private var clients: [Int: Client] = [:]

  /// What a client knows of its lock.
  private struct Client {
    /// The token under which it believes to hold the lock.
    var token: Value?
    var writesLeft = 0
    /// The lock as it last found it, and how often in a row it found it so.
    var seen: Value = 0
    var times = 0
  }

  public init(_ options: inout Options) {
    locks = options.integer("locks", default: 3, in: 1...10_000, "how many locks there are")
    patience = options.integer(
      "patience", default: 8, in: 1...1_000_000,
      "how often a client finds a lock held under the same token before it steals it")
    writes = options.integer(
      "writes", default: 3, in: 1...1_000_000, "how many guarded writes a holder makes")
    isFenced = options.flag(
      "fencing", default: false, "whether what is guarded refuses tokens older than it has seen")
  }

  public var facts: Facts { Facts() }

  private func resource(of lock: Key) -> Key { lock + Key(locks) }

  private func hasCompareAndSet(_ supports: (Operation) -> Bool) -> Bool {
    supports(.compareAndSet(0, expected: 0, new: 1))
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    (0..<locks).flatMap { lock in
      [.write(Key(lock), 0), .write(resource(of: Key(lock)), 0)]
    }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let lock = Key(client % locks)
    let isAtomic = hasCompareAndSet(supports)
    let state = clients[client] ?? Client()
    guard let token = state.token else {
      let stolen = state.times >= patience ? state.seen : nil
      return Intent(
        function: .acquire, key: lock,
        procedure: Procedure(LockStep(lock, .acquire(stealing: stolen), isAtomic: isAtomic)))
    }
    guard state.writesLeft > 0 else {
      clients[client]?.token = nil
      return Intent(
        function: .release, key: lock, value: token,
        procedure: Procedure(LockStep(lock, .release(token), isAtomic: isAtomic)))
    }
    clients[client]?.writesLeft -= 1
    return Intent(
      function: .write, key: lock, value: token,
      procedure: isFenced
        ? Procedure(LockStep(resource(of: lock), .guarded(token), isAtomic: isAtomic))
        : Procedure(.single(.write(resource(of: lock), token))))
  }

  mutating func heard(_ answer: Answer, to intent: Intent, by client: Int) {
    guard intent.function == .acquire, let token = answer.value else { return }
    clients[client] = Client(token: token, writesLeft: writes)
  }

  mutating func failed(_ intent: Intent, by client: Int) {
    var state = clients[client] ?? Client()
    if intent.function == .acquire, let seen = intent.procedure.lastRead {
      state.times = seen == state.seen ? state.times + 1 : 1
      state.seen = seen
    } else if intent.function == .write, isFenced,
      intent.procedure.lastRead.map({ $0 > intent.value }) == true
    {
      // Refused: somebody else has a newer token.
      state.token = nil
    }
    clients[client] = state
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    (0..<locks).map { lock in
      Intent(
        function: .read, key: Key(lock),
        procedure: Procedure(.single(.read(resource(of: Key(lock)), .register))))
    }
  }
}

/// Reads a register and, if it holds what it should, writes it.
private struct LockStep: Program {
  enum Kind: Sendable {
    /// Takes a free lock; or one that is held still under the token that is to be stolen.
    case acquire(stealing: Value?)
    case release(Value)
    /// Writes under a token to what the lock guards.
    case guarded(Value)
  }
  let key: Key
  let kind: Kind
  let isAtomic: Bool
  private var new: Value?

  init(_ key: Key, _ kind: Kind, isAtomic: Bool) {
    self.key = key
    self.kind = kind
    self.isAtomic = isAtomic
  }

  var hasWrittenNothing: Bool { true }

  func begin() -> Operation { .read(key, .register) }

  mutating func advance(_ answer: Answer) -> Procedure.Next {
    if let new { return .done(.value(new)) }
    // Of siblings a client takes the greatest.
    let found = answer.value ?? answer.elements.last ?? 0
    let value: Value
    switch kind {
    case .acquire(let stolen):
      if found % 2 == 0 {
        value = found + 1
      } else if found == stolen {
        value = found + 2
      } else {
        return .refused
      }
    case .release(let token):
      guard found == token else { return .refused }
      value = token + 1
    case .guarded(let token):
      guard found <= token else { return .refused }
      value = token
    }
    new = value
    return .ask(
      isAtomic ? .compareAndSet(key, expected: found, new: value) : .write(key, value))
  }
}
