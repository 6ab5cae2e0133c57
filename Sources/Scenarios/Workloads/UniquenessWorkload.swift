// Names that several users claim at about the same time: sign-ups, seats, leases of an address. By
// compare-and-set where the strategy has it; else a client does what frameworks do that "validate
// uniqueness": look whether the name is free, then write.

import Checking
import Histories
import Simulation

/// `kind: uniqueness`.
public struct UniquenessWorkload: Workload, IntentSource {
  public static let name = "uniqueness"
  public static let summary =
    "claims of names by several users; look-then-write where there is no cas"
  public static let guarantees: [Guarantee] = [
    .uniqueness, .linearizable, .noDirtyReads, .converged,
  ]

  private let names: Int
  private let contenders: Int
  private let mix: Mix
  private var lastUser: Value = 0

  /// What a name holds that nobody has.
  private static let free: Value = 0

  public init(_ options: inout Options) {
    names = options.integer("names", default: 100, in: 1...100_000, "how many names there are")
    contenders = options.integer(
      "contenders", default: 4, in: 1...1_000, "how many users want the same name")
    mix = Mix(&options, [("claim", 80), ("read", 20)])
  }

  public var facts: Facts { Facts(initial: Self.free) }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    guard supports(.compareAndSet(0, expected: Self.free, new: 1)) else { return [] }
    let writes = (0..<names).map { Operation.write(Key($0), Self.free) }
    return supports(.transaction(writes)) ? [.transaction(writes)] : writes
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    let current = min(Int(lastUser) / contenders, names - 1)
    guard mix.draw(&random) == "claim", Int(lastUser) < names * contenders else {
      return read(Key(random.below(current + 1)))
    }
    lastUser += 1
    let name = Key(current)
    let claim = Operation.compareAndSet(name, expected: Self.free, new: lastUser)
    return Intent(
      function: .compareAndSet, key: name, value: lastUser, extra: Self.free,
      procedure: supports(claim)
        ? Procedure(.single(claim)) : Procedure(ReadThenChange(name, .claim(lastUser))))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] {
    (0...min(Int(lastUser) / contenders, names - 1)).map { read(Key($0)) }
  }

  private func read(_ name: Key) -> Intent {
    Intent(function: .read, key: name, procedure: Procedure(.single(.read(name, .register))))
  }
}
