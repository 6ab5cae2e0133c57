// The network against closed forms: a model whose knobs do nothing, or that forgets to pipeline,
// must not pass (known defects of other simulators).

import Testing

@testable import Simulation

@Suite struct NetworkTests {
  private func network(_ latency: Latency) -> Network {
    Network(
      regions: 2, between: { _, _ in latency }, clients: { _ in .constant(.zero) }, seed: 1)
  }

  @Test func linksPipeline() {
    var network = network(.constant(.milliseconds(100)))
    let link = network.link(from: 0, to: 1)
    let arrivals = (0..<1_000).map { number in
      network.send(100, over: link, at: .zero + .microseconds(Int64(number))).first
    }
    #expect(arrivals.first == .zero + .milliseconds(100))
    #expect(arrivals.last == .zero + .milliseconds(100) + .microseconds(999))
  }

  @Test func throughputIsTheBandwidth() {
    var network = network(.constant(.milliseconds(10)))
    let link = network.link(from: 0, to: 1)
    network.links[link.index].bandwidth = 8_000_000
    var last = Instant.zero
    for _ in 0..<1_000 { last = network.send(1_000, over: link, at: .zero).first ?? .zero }
    // 1,000 packets of 1,000 bytes at 1 MB/s leave in one second.
    #expect(last == .zero + .seconds(1) + .milliseconds(10))
  }

  /// Between two quantiles of the table lies everything between them, not the lower one alone.
  @Test func drawsFillTheGapsOfTheTable() {
    var random = Random(seed: 3)
    let latency = Latency.tailed(median: .milliseconds(40), p99: .milliseconds(60))
    let draws = Set((0..<10_000).map { _ in latency.draw(&random).nanoseconds })
    #expect(draws.count > 5_000)
  }

  @Test func quantilesAreThoseAskedFor() {
    var random = Random(seed: 5)
    let latency = Latency.tailed(median: .milliseconds(40), p99: .milliseconds(60))
    let sorted = (0..<100_000).map { _ in latency.draw(&random).nanoseconds }.sorted()
    #expect(abs(sorted[50_000] - 40_000_000) < 300_000)
    #expect(abs(sorted[99_000] - 60_000_000) < 2_000_000)
    let even = Latency.uniform(.milliseconds(10), .milliseconds(20))
    let drawn = (0..<100_000).map { _ in even.draw(&random).nanoseconds }.sorted()
    #expect(drawn[0] >= 10_000_000 && drawn[99_999] <= 20_000_000)
    #expect(abs(drawn[50_000] - 15_000_000) < 200_000)
  }

  @Test func lossAndDuplicationHaveTheirShares() {
    var network = network(.constant(.milliseconds(1)))
    let link = network.link(from: 0, to: 1)
    network.links[link.index].loss = .percent(10)
    network.links[link.index].duplication = .percent(20)
    var lost = 0
    var doubled = 0
    for _ in 0..<100_000 {
      let arrivals = network.send(1, over: link, at: .zero)
      if arrivals.first == nil { lost += 1 }
      if arrivals.second != nil { doubled += 1 }
    }
    #expect(abs(lost - 10_000) < 500)
    #expect(abs(doubled - 18_000) < 700)
    #expect(network.links[link.index].dropped == lost)
  }

  @Test func orderedLinksNeverOvertake() {
    var network = network(.uniform(.milliseconds(1), .milliseconds(50)))
    let link = network.link(from: 0, to: 1)
    network.links[link.index].inOrder = true
    var last = Instant.zero
    for number in 0..<1_000 {
      let sent = Instant.zero + .milliseconds(Int64(number))
      guard let arrival = network.send(1, over: link, at: sent).first else { continue }
      #expect(arrival >= last)
      last = arrival
    }
  }

  @Test func aCutLosesWhatIsInFlightAndHealsWhenRemoved() {
    var network = network(.constant(.milliseconds(10)))
    let link = network.link(from: 0, to: 1)
    let other = network.link(from: 1, to: 0)
    let first = network.install(Cut(), on: [link], fault: 7, random: Random(seed: 1))
    let second = network.install(Cut(), on: [link, other], fault: 8, random: Random(seed: 1))
    #expect(network.isCut(link))
    let sent = network.send(1, over: link, at: .zero)
    let lost = network.loses(arrivingOver: link, at: .zero)
    #expect(sent.first == nil && lost)
    network.remove(first)
    // Two faults overlap: one of them healing does not heal the other.
    #expect(network.isCut(link))
    network.remove(second)
    #expect(!network.isCut(link))
    let stillLost = network.loses(arrivingOver: link, at: .zero)
    #expect(!stillLost)
    #expect(network.effects[7] == 2)
  }

  @Test func theFirstRuleThatSpeaksWins() {
    var network = network(.constant(.milliseconds(10)))
    let link = network.link(from: 0, to: 1)
    _ = network.install(
      Delay(.always, by: .milliseconds(5)...(.milliseconds(5))), on: [link], fault: 0,
      random: Random(seed: 1))
    _ = network.install(Cut(), on: [link], fault: 1, random: Random(seed: 1))
    let arrival = network.send(1, over: link, at: .zero).first
    #expect(arrival == .zero + .milliseconds(15))
  }
}

@Suite struct SpikeTests {
  /// Spikes come at their share, each 50 ms more, and turning them on moves no other draw.
  @Test func spikesAreRareAndChangeNothingElse() {
    let calm = Latency.tailed(median: .milliseconds(40), p99: .milliseconds(42))
    let spiky = Latency.tailed(
      median: .milliseconds(40), p99: .milliseconds(42), spikes: .percent(2))
    var (first, second) = (Random(seed: 11), Random(seed: 11))
    var spikes = 0
    for _ in 0..<100_000 {
      let (plain, other) = (calm.draw(&first), spiky.draw(&second))
      if other != plain {
        #expect(other - plain == .milliseconds(50))
        spikes += 1
      }
    }
    #expect(abs(spikes - 2_000) < 200)
    #expect(first.next() == second.next())
  }

  @Test func durationsScaleExactly() {
    #expect(
      Duration.milliseconds(3).scaled(by: Ratio(partsPerBillion: 500_000_000))
        == .microseconds(1_500))
    #expect(
      Duration.seconds(3_600).scaled(by: Ratio(partsPerBillion: 100_000_000_000))
        == .seconds(360_000))
    #expect(Duration.zero.scaled(by: .always) == .zero)
    #expect(Duration.longest.scaled(by: Ratio(partsPerBillion: .max)).nanoseconds == .max)
  }
}
