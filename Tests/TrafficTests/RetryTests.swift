// How often clients ask again: attempts, pauses, and what a budget leaves of a storm.

import Simulation
import Testing

@testable import Traffic

@Suite struct RetryTests {
  private func rules(_ change: (inout RetryRules) -> Void = { _ in }) -> RetryRules {
    var rules = RetryRules()
    change(&rules)
    return rules
  }

  @Test func soManyAttempts() {
    var retries = Retries(rules { $0.attempts = 4 }, clients: 1, seed: 1)
    retries.begin(0)
    #expect((0..<5).map { _ in retries.pause(0) != nil } == [true, true, true, false, false])
    #expect(retries.retries == 3 && retries.exhausted == 2 && retries.requests == 1)
    retries.begin(0)
    #expect(retries.pause(0) != nil)
  }

  @Test func pausesGrow() {
    var retries = Retries(
      rules {
        $0.attempts = 9
        $0.jitter = false
        $0.longestBackoff = .milliseconds(1_000)
      }, clients: 1, seed: 1)
    retries.begin(0)
    let pauses = (0..<6).compactMap { _ in retries.pause(0) }
    #expect(pauses == [100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) })
  }

  /// Drawn anew each time, over the whole length (full jitter), each client from its own stream.
  @Test func pausesAreDrawn() {
    var retries = Retries(rules { $0.attempts = 2 }, clients: 2_000, seed: 1)
    var pauses: [Duration] = []
    for client in 0..<2_000 {
      retries.begin(client)
      if let pause = retries.pause(client) { pauses.append(pause) }
    }
    let mean = pauses.reduce(0) { $0 + $1.milliseconds } / 2_000
    #expect(abs(mean - 50) < 2)
    #expect((pauses.max() ?? .zero) <= .milliseconds(100))
    #expect((pauses.max() ?? .zero) > .milliseconds(99))
  }

  /// When everything fails, retries are a share of requests and the one token that each client began with.
  @Test(arguments: [5, 10, 50]) func aBudgetBoundsTheStorm(_ percent: Int64) {
    var retries = Retries(
      rules {
        $0.attempts = 4
        $0.budget = .percent(percent)
      }, clients: 10, seed: 1)
    for _ in 0..<1_000 {
      for client in 0..<10 {
        retries.begin(client)
        while retries.pause(client) != nil {}
      }
    }
    #expect(retries.requests == 10_000)
    #expect(retries.retries <= 10_000 * Int(percent) / 100 + 10)
    #expect(retries.retries >= 10_000 * Int(percent) / 100 - 10)
    #expect(retries.denied > 0)
  }

  /// Tokens are saved up for a bad minute, but not for ever.
  @Test func tokensAreSaved() {
    var retries = Retries(
      rules {
        $0.attempts = 100
        $0.budget = .percent(10)
        $0.saves = 3
      }, clients: 1, seed: 1)
    for _ in 0..<500 { retries.begin(0) }
    #expect((0..<5).map { _ in retries.pause(0) != nil } == [true, true, true, false, false])
    #expect(retries.denied == 2)
  }
}
