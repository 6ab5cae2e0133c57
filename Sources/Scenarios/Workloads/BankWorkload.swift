// A bank: transfers between accounts, reads of all balances; money is neither made nor destroyed.
// One atomic transaction where the strategy has them. Elsewhere what a user would write: two
// increments where there are counters, else read both and write both.

import Checking
import Histories
import Simulation

/// `kind: bank`.
public struct BankWorkload: Workload, IntentSource {
  public static let name = "bank"
  public static let summary = "transfers between accounts and reads of all balances"
  public static let guarantees: [Guarantee] = [.bank]

  private let accounts: Int
  private let balance: Int
  private let most: Int
  private let allowsNegative: Bool
  private let mix: Mix

  public init(_ options: inout Options) {
    accounts = options.integer("accounts", default: 8, in: 2...1_000, "how many accounts")
    balance = options.integer(
      "balance", default: 100, in: 0...1_000_000, "what each account holds at first")
    most = options.integer(
      "max-transfer", default: 5, in: 1...1_000_000, "the largest amount of a transfer")
    allowsNegative = options.flag(
      "allow-negative", default: false, "whether an account may be overdrawn")
    mix = Mix(&options, [("read", 40), ("transfer", 60)])
  }

  public var facts: Facts {
    Facts(
      accounts: accounts, total: Value(accounts * balance), allowsNegative: allowsNegative)
  }

  private var floor: Value? { allowsNegative ? nil : 0 }
  private var all: [Key] { (0..<accounts).map { Key($0) } }

  private func hasCounters(_ supports: (Operation) -> Bool) -> Bool {
    supports(.increment(0, by: 1, floor: nil))
  }

  func setup(_ supports: (Operation) -> Bool) -> [Operation] {
    all.map { account in
      hasCounters(supports)
        ? .increment(account, by: Value(balance), floor: nil) : .write(account, Value(balance))
    }
  }

  mutating func next(
    for client: Int, _ supports: (Operation) -> Bool, _ random: inout Random
  ) -> Intent {
    guard mix.draw(&random) == "transfer" else { return read(supports) }
    let from = Key(random.below(accounts))
    let to = (from + 1 + Key(random.below(accounts - 1))) % Key(accounts)
    let amount = Value(1 + random.below(most))
    let atomic = Operation.transaction([
      .increment(from, by: -amount, floor: floor), .increment(to, by: amount, floor: nil),
    ])
    let kind: Procedure.Kind =
      supports(atomic)
      ? .single(atomic)
      : hasCounters(supports)
        ? .addAndAdd(from: from, to: to, amount: amount, floor: floor)
        : .readAndMove(from: from, to: to, amount: amount, floor: floor)
    return Intent(
      function: .transfer, key: from, value: amount, extra: Int64(to), procedure: Procedure(kind))
  }

  func finalReads(_ supports: (Operation) -> Bool) -> [Intent] { [read(supports)] }

  private func read(_ supports: (Operation) -> Bool) -> Intent {
    let type: DataType = hasCounters(supports) ? .counter : .register
    let atomic = Operation.transaction(all.map { .read($0, type) })
    return Intent(
      function: .read, key: 0,
      procedure: Procedure(supports(atomic) ? .single(atomic) : .readEach(all, type)))
  }
}
