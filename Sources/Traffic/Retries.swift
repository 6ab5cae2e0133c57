// Clients that ask again. A retry helps the one who makes it and harms all others: if every failure is
// tried three more times, an overload of 1 becomes one of 4 just when there is no room. A budget keeps
// retries a share of the requests: each request puts a part of a token into a bucket, a retry takes a whole
// one, and without one there is none. Finagle's RetryBudget (20 %, "Retry Budgets", 2016), tower and linkerd
// have it so; Envoy's retry_budget, gRPC's retryThrottling (10 tokens, 0.1 for a success) and the AWS SDKs'
// standard mode (a quota of 500, 5 a retry) differ in what fills the bucket. Pauses grow exponentially and
// are drawn anew each time ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015: full jitter).
//
// What may be tried again is what certainly had no effect, and what has none: a refusal, or a read that
// nobody answered. No strategy here could tell a retried write from a second one.

import Simulation

/// When clients ask again.
public struct RetryRules: Sendable, Hashable {
  /// How often a request is sent at most, the first time included.
  public var attempts = 3
  /// The first pause is up to so long, each further one up to twice as long.
  public var backoff = Duration.milliseconds(100)
  public var longestBackoff = Duration.seconds(20)
  /// Whether a pause is drawn between none and its longest, or always is the longest.
  public var jitter = true
  /// Retries for each request, in the long run; nil: as many as attempts allow.
  public var budget: Ratio?
  /// The most whole tokens that a client can save.
  public var saves = 10
  /// Whether a retry goes to the next region, for clients that nobody directs.
  public var goesOn = false

  public init() {}
}

/// What all clients still may, and how often they did.
public struct Retries: Sendable {
  public let rules: RetryRules
  /// Requests, each counted once; and how often they were sent again.
  public private(set) var requests = 0
  public private(set) var retries = 0
  /// Not sent again: no token was left, or it had been sent often enough.
  public private(set) var denied = 0
  public private(set) var exhausted = 0

  private var clients: [Client]

  private struct Client {
    var sent = 0
    /// In billionths.
    var tokens: Int64
    var random: Random
  }

  private static let token: Int64 = 1_000_000_000

  /// - Parameter clients: How many; each has a bucket of its own, with one token in it.
  public init(_ rules: RetryRules, clients: Int, seed: UInt64) {
    self.rules = rules
    self.clients = (0..<clients).map {
      Client(tokens: Self.token, random: Random(seed: seed, stream: "retry/\($0)"))
    }
  }

  /// A client sends a request for the first time.
  public mutating func begin(_ client: Int) {
    requests += 1
    clients[client].sent = 1
    guard let budget = rules.budget else { return }
    clients[client].tokens = min(
      clients[client].tokens + budget.partsPerBillion, Int64(rules.saves) * Self.token)
  }

  /// A request failed: how long its client pauses before it sends it again; nil: it does not.
  public mutating func pause(_ client: Int) -> Duration? {
    let sent = clients[client].sent
    guard sent < rules.attempts else {
      exhausted += 1
      return nil
    }
    if rules.budget != nil {
      guard clients[client].tokens >= Self.token else {
        denied += 1
        return nil
      }
      clients[client].tokens -= Self.token
    }
    retries += 1
    clients[client].sent += 1
    var longest = min(rules.backoff, rules.longestBackoff)
    for _ in 1..<max(1, sent) where longest < rules.longestBackoff {
      longest = min(longest * 2, rules.longestBackoff)
    }
    return rules.jitter ? clients[client].random.within(.zero...longest) : longest
  }
}
