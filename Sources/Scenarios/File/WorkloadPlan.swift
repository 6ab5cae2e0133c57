// The `workload` of a scenario: what clients ask for and how fast. Only the plan; who turns it into
// requests is not here.

import Simulation

/// What clients do.
public struct WorkloadPlan: Sendable, Hashable {
  /// What kind of objects they work on.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case register, counter, set, bank

    /// The operations it has, with the weights they have unless the scenario says otherwise.
    public var operations: [Weight] {
      switch self {
      case .register: [Weight("read", 50), Weight("write", 50), Weight("cas", 0)]
      case .counter: [Weight("read", 50), Weight("add", 50)]
      case .set: [Weight("read", 50), Weight("insert", 40), Weight("remove", 10)]
      case .bank: [Weight("read", 20), Weight("transfer", 80)]
      }
    }
  }

  /// How often an operation is chosen, in relation to the others.
  public struct Weight: Sendable, Hashable {
    public let operation: String
    public let weight: Int
    public init(_ operation: String, _ weight: Int) {
      self.operation = operation
      self.weight = weight
    }
  }

  /// When clients ask.
  public enum Pace: Sendable, Hashable {
    /// Closed loop: each client waits for its answer, then so long, then asks again.
    case think(Duration)
    /// Open loop: one request of the whole scenario each such period on average, answered or not.
    case every(Duration)
  }

  /// Which keys they ask for.
  public enum Popularity: Sendable, Hashable {
    case uniform
    /// A key's share falls with its rank to this power, in hundredths.
    case zipf(exponent: Int)
  }

  public let kind: Kind
  public let keys: Int
  public let clientsPerRegion: Int
  public let pace: Pace
  /// In the order of `Kind.operations`; an operation that is not wanted has weight 0.
  public let mix: [Weight]
  public let popularity: Popularity
  /// After so long a client gives up: the outcome is unknown.
  public let timeout: Duration
  /// Of a bank.
  public let accounts: Int
  public let balance: Int
  public let maxTransfer: Int
  public let allowNegative: Bool

  private enum Distribution: String, CaseIterable { case uniform, zipf }

  /// Reads a scenario's `workload`.
  init(_ options: inout Options) {
    let kind = options.choice("kind", default: Kind.register, "what clients work on")
    self.kind = kind
    keys = options.integer(
      "keys", default: 10, in: 1...10_000_000, "how many registers, counters or sets")
    clientsPerRegion = options.integer(
      "clients-per-region", default: 5, in: 1...100_000, "clients that start in each region")
    pace = Self.pace(&options)
    mix = Self.mix(of: kind, &options)
    let distribution = options.choice(
      "distribution", default: Distribution.uniform, "which keys are popular")
    let exponent = options.integer(
      "zipf-exponent", default: 99, in: 1...500, "with zipf: the exponent in hundredths")
    popularity = distribution == .zipf ? .zipf(exponent: exponent) : .uniform
    timeout = options.duration(
      "timeout", default: .seconds(2), in: .milliseconds(1)...(.seconds(3600)),
      "after so long a client gives up")
    accounts = options.integer("accounts", default: 10, in: 2...1_000_000, "of a bank")
    balance = options.integer("balance", default: 100, "what each account of a bank starts with")
    maxTransfer = options.integer(
      "max-transfer", default: 5, in: 1...Int(Int32.max), "the largest transfer of a bank")
    allowNegative = options.flag(
      "allow-negative", default: false, "whether a bank's accounts may go below zero")
    if distribution != .zipf, options.has("zipf-exponent") {
      options.reject("zipf-exponent", "zipf-exponent means nothing without distribution: zipf")
    }
    for name in ["accounts", "balance", "max-transfer", "allow-negative"]
    where kind != .bank && options.has(name) {
      options.reject(name, "\(name): only kind: bank has it, this is a \(kind.rawValue)")
    }
    if kind == .bank, options.has("keys") {
      options.reject("keys", "keys: a bank has accounts instead")
    }
    options.finish()
  }

  private static func pace(_ options: inout Options) -> Pace {
    let think = options.duration(
      "think", default: .milliseconds(10),
      "closed loop: how long a client waits after each answer")
    let about = "open loop: requests of all clients together, answered or not"
    guard let setting = options.setting("rate", "rate", about) else { return .think(think) }
    if options.has("think") {
      options.reject("rate", "rate (open loop) and think (closed loop) exclude each other")
    }
    return Quantity.rate(setting, "rate", options.problems).map { .every($0) } ?? .think(think)
  }

  private static func mix(of kind: Kind, _ options: inout Options) -> [Weight] {
    let about = "how often each operation is chosen, as weights; those left out are not"
    guard var weights = options.section("mix", about) else { return kind.operations }
    let mix = kind.operations.map { operation in
      Weight(
        operation.operation,
        weights.integer(
          operation.operation, default: 0, in: 0...1_000_000, "weight of \(operation.operation)"))
    }
    weights.finish()
    if !mix.contains(where: { $0.weight > 0 }) {
      weights.reject("mix", "mix: at least one operation needs a weight above 0")
    }
    return mix
  }
}
