// Who remembers a record for how long: each layer, the mix, and the moves that come of them.

import Simulation
import Testing

@testable import Traffic

@Suite struct CacheTests {
  private let old = [Region.ID(0)]
  private let new = [Region.ID(1)]

  private func cache(_ name: String, _ change: (inout CacheKind) -> Void = { _ in }) throws
    -> RecordCache
  {
    var kind = try #require(CachePreset.named(name)).kind
    change(&kind)
    return RecordCache(kind)
  }

  /// Fills a cache twice, so that the second copy is a whole one, at the instant given.
  private func fill(_ cache: inout RecordCache, ttl: Duration) -> Instant {
    var random = Random(seed: 1)
    cache.take(old, ttl: ttl, at: .zero, &random)
    let now = Instant.seconds(10_000)
    if cache.known(at: now) == nil { cache.take(old, ttl: ttl, at: now, &random) }
    return now
  }

  @Test func honours() throws {
    var cache = try cache("honours")
    let now = fill(&cache, ttl: .seconds(60))
    #expect(cache.known(at: now + .seconds(59)) == old)
    #expect(cache.known(at: now + .seconds(60)) == nil)
  }

  @Test func resolversStretchAndCut() throws {
    var floor = try cache("extends") {
      $0.factor = 1
      $0.floor = .seconds(300)
    }
    let now = fill(&floor, ttl: .seconds(60))
    #expect(floor.known(at: now + .seconds(299)) == old)
    #expect(floor.known(at: now + .seconds(300)) == nil)
    #expect(try #require(CachePreset.named("extends")).kind.kept(.seconds(60)) == .seconds(300))
    #expect(try #require(CachePreset.named("cuts")).kind.kept(.seconds(600)) == .seconds(60))
    #expect(
      try #require(CachePreset.named("systemd")).kind.kept(.seconds(86_400)) == .seconds(7_200))
    #expect(try #require(CachePreset.named("kubernetes")).kind.kept(.seconds(1)) == .seconds(5))
    var huge = CacheKind(name: "huge")
    huge.factor = 1_000
    #expect(huge.kept(.longest) == .longest)
  }

  /// A run-time's own time comes on top of what its resolver has left.
  @Test func aRunTimeAddsItsTime() throws {
    var cache = try cache("jvm")
    let now = fill(&cache, ttl: .seconds(60))
    #expect(cache.known(at: now + .seconds(29)) == old)
    #expect(cache.known(at: now + .seconds(59)) == old, "asked its resolver again at 59 s")
    #expect(cache.known(at: now + .seconds(88)) == old, "and kept that for 30 s")
    #expect(cache.known(at: now + .seconds(89)) == nil)
    #expect(cache.kind.longest(.seconds(60)) == .seconds(90))
  }

  @Test func forever() throws {
    var cache = try cache("forever")
    let now = fill(&cache, ttl: .seconds(60))
    #expect(cache.known(at: now + .seconds(300_000_000)) == old)
    #expect(cache.kind.longest(.seconds(60)) == nil)
  }

  @Test func aKeptConnection() throws {
    var cache = try cache("kept-connection")
    #expect(cache.connected(at: .zero) == nil)
    #expect(cache.connect(to: old, at: .zero) == Region.ID(0))
    for second in stride(from: Int64(0), through: 9_000, by: 90) {
      #expect(cache.connected(at: .seconds(second)) == Region.ID(0))
    }
    #expect(cache.connected(at: .seconds(9_091)) == nil, "idle for 91 s")
    _ = cache.connect(to: old, at: .seconds(9_091))
    cache.failed()
    #expect(cache.connected(at: .seconds(9_091)) == nil, "broken")
  }

  @Test func theNextOfSeveralAfterAFailure() throws {
    var cache = try cache("honours")
    let three = [Region.ID(2), Region.ID(0), Region.ID(1)]
    #expect(cache.connect(to: three, at: .zero) == Region.ID(2))
    cache.failed()
    #expect(cache.connect(to: three, at: .zero) == Region.ID(0))
    cache.failed()
    cache.failed()
    #expect(cache.connect(to: three, at: .zero) == Region.ID(2))
    #expect(cache.connect(to: [], at: .zero) == nil)
  }

  @Test func noSuchNameIsRemembered() throws {
    var cache = try cache("forever")
    var random = Random(seed: 1)
    cache.take([], ttl: .seconds(10), at: .zero, &random)
    #expect(cache.known(at: .seconds(9)) == [])
    #expect(cache.known(at: .seconds(10)) == nil, "not for ever")
    #expect(cache.takeStale(at: .seconds(10)) == nil)
  }

  @Test func serveStale() throws {
    var plain = try cache("honours")
    var stale = try cache("honours") { $0.serveStale = .seconds(1_000) }
    let now = fill(&plain, ttl: .seconds(60)) + .seconds(60)
    _ = fill(&stale, ttl: .seconds(60))
    #expect(plain.takeStale(at: now) == nil)
    #expect(stale.takeStale(at: now + .seconds(1_000)) == old)
    #expect(stale.takeStale(at: now + .seconds(1_001)) == nil)
  }

  /// First copies are of every age: as many expire in each tenth of the time to live.
  @Test func firstCopiesAreOfEveryAge() throws {
    var tenths = Array(repeating: 0, count: 10)
    for seed in 0..<2_000 {
      var cache = try cache("honours")
      var random = Random(seed: UInt64(seed))
      cache.take(old, ttl: .seconds(100), at: .zero, &random)
      let until = try #require(cache.resolver).until
      tenths[min(9, Int(until.nanoseconds / 10_000_000_000))] += 1
    }
    #expect(tenths.allSatisfy { (150...250).contains($0) }, "\(tenths)")
  }

  /// The mix asked for is the mix that clients have, to one client, whatever their number.
  @Test(arguments: [1, 2, 7, 10, 50, 333, 1_000]) func theMixIsDealt(clients: Int) throws {
    let shares = [("honours", 75), ("extends", 9), ("jvm", 10), ("forever", 2), ("systemd", 4)]
    let mix = try shares.map { name, percent in
      CacheShare(share: .percent(Int64(percent)), kind: try #require(CachePreset.named(name)).kind)
    }
    var total = Array(repeating: 0, count: mix.count)
    for seed in 0..<200 {
      var random = Random(seed: UInt64(seed))
      let dealt = CacheShare.deal(mix, to: clients, &random)
      #expect(dealt.count == clients)
      for kind in mix.indices {
        let count = dealt.count { $0 == kind }
        total[kind] += count
        let exact = Double(clients * shares[kind].1) / 100
        #expect(abs(Double(count) - exact) <= 1, "\(shares[kind].0): \(count) of \(exact)")
      }
    }
    // And no kind is favoured by the rounding.
    for kind in mix.indices {
      let share = Double(total[kind]) / Double(200 * clients)
      #expect(abs(share - Double(shares[kind].1) / 100) < 0.08, "\(shares[kind].0): \(share)")
    }
  }

  @Test func mostNetworksConvergeWithinTenSeconds() {
    var random = Random(seed: 3)
    let times = (0..<20_000).map { _ in Convergence.draw(&random).seconds }
    func share(within seconds: Double) -> Double {
      Double(times.count { $0 <= seconds }) / Double(times.count)
    }
    #expect(abs(share(within: 10) - 0.8) < 0.01)
    #expect(abs(share(within: 30) - 0.95) < 0.01)
    #expect(share(within: 90) < 0.995)
    #expect(share(within: 180) == 1)
  }
}
