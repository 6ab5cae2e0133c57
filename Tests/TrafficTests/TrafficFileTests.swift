// Reading `places` and `traffic`: what is wrong is told where it is, and what is right is understood.

import Simulation
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct TrafficFileTests {
  private func load(_ tail: String, network: String = "{preset: aws}") throws -> Scenario {
    let text = """
      regions: [us-east-1, eu-west-1]
      strategy: {kind: crdt}
      network: \(network)
      \(tail)
      """
    return try Scenario.load(Array(text.utf8), file: "t.yaml", catalog: Catalog.strategyCatalog)[0]
  }

  private func complaints(_ tail: String, network: String = "{preset: aws}") -> [String] {
    do {
      _ = try load(tail, network: network)
      return []
    } catch let error as ScenarioError {
      return error.problems.map { "\($0.mark.line):\($0.mark.column): \($0.message)" }
    } catch { return ["\(error)"] }
  }

  @Test func greatCircles() {
    let london = Coordinates(north: 515_074, east: -1_278)
    let newYork = Coordinates(north: 407_128, east: -740_060)
    let sydney = Coordinates(north: -338_688, east: 1_512_093)
    let fiji = Coordinates(north: -181_248, east: 1_784_501)
    let samoa = Coordinates(north: -138_333, east: -1_717_667)
    #expect(london.metres(to: london) == 0)
    #expect(abs(london.metres(to: newYork) - 5_570_000) < 5_000)
    #expect(abs(london.metres(to: sydney) - 16_994_000) < 10_000)
    #expect(london.metres(to: sydney) == sydney.metres(to: london))
    #expect(abs(fiji.metres(to: samoa) - 1_144_000) < 10_000, "over the date line")
    let poles = Coordinates(north: 900_000, east: 0)
      .metres(to: Coordinates(north: -900_000, east: 1_000_000))
    #expect(abs(poles - 20_015_000) < 1_000)
  }

  @Test func placesAreAsFarAsTheTableSays() throws {
    let scenario = try load(
      """
      places:
        - {name: london, near: eu-west-2, clients: 3, access: 8ms}
        - {name: dublin, near: eu-west-1}
        - {name: nairobi, latitude: -1.29, longitude: 36.82, resolver: london}
      """)
    let traffic = try #require(scenario.traffic)
    let table = LatencyTable.aws
    let way = try #require(table.oneWay(from: "eu-west-2", to: "us-east-1"))
    #expect(traffic.places.places[0].up[0].base == way.base + .milliseconds(8))
    #expect(traffic.places.places[0].up[0].spread == way.spread)
    #expect(traffic.places.places[1].up[1] == .constant(.milliseconds(5)))
    #expect(traffic.places.clients == [3, 5, 5])
    #expect(traffic.places.geography.own == [Region.ID(1), Region.ID(1), Region.ID(1)])
    #expect(traffic.places.geography.resolvers == [0, 1, 0])
    let nairobi = traffic.places.places[2].up[1].base
    #expect(nairobi > .milliseconds(60) && nairobi < .milliseconds(75), "\(nairobi)")
    #expect(!scenario.clientsMove)
  }

  /// Twice as far apart means twice as far from clients too; the last mile stays what it is.
  @Test func scaleIsForPlacesToo() throws {
    let places = """
      places:
        - {name: london, near: eu-west-2, access: 8ms}
        - {name: dublin, near: eu-west-1, access: 8ms}
        - {name: nairobi, latitude: -1.29, longitude: 36.82, access: 8ms}
      """
    let once = try #require(try load(places).traffic).places.places
    let twice = try #require(
      try load(places, network: "{preset: aws, scale: 2, spikes: 0%}").traffic
    ).places.places
    for (near, far) in zip(once, twice) {
      let (one, two) = (near.up[0].base - .milliseconds(8), far.up[0].base - .milliseconds(8))
      #expect(two == one * 2)
      #expect(far.down[0].base - .milliseconds(8) == (near.down[0].base - .milliseconds(8)) * 2)
      #expect(far.up[0].spikes == .never)
    }
  }

  @Test func providersGiveDefaults() throws {
    let traffic = try #require(
      try load(
        "traffic: {provider: traffic-manager, policy: failover, health-check: {interval: 10s, timeout: 9s}}"
      )
      .traffic)
    #expect(traffic.routing.health.interval == .seconds(10))
    #expect(traffic.routing.health.rule == .consecutive(unhealthy: 4, healthy: 1))
    #expect(traffic.routing.ttl == .seconds(60))
    #expect(traffic.places.places.map(\.name) == ["us-east-1", "eu-west-1"])
    #expect(try load("traffic: {provider: global-accelerator, policy: accelerator}").clientsMove)
  }

  static let cases: [(String, [String])] = [
    ("places: []", ["4:9: places: expected a list of places, found an empty list"]),
    ("places: [{near: eu-west-2}]", ["4:10: a place needs a name"]),
    (
      "places: [{name: x, near: eu-wst-2}]",
      ["4:10: near: 'eu-wst-2' is not a region of preset aws; did you mean 'eu-west-2'?"]
    ),
    (
      "places: [{name: x}]",
      ["4:10: where is it? Add near: a region, or latitude: and longitude:"]
    ),
    (
      "places: [{name: x, latitude: 91, longitude: 0}]",
      ["4:30: latitude: expected degrees from -90 to 90, such as -1.29, found '91'"]
    ),
    (
      "places: [{name: x, near: us-east-1}, {name: x, near: us-east-1}]",
      ["4:45: 'x' names two places"]
    ),
    ("traffic: {provider: rute53}", ["4:21: 'rute53' is not a provider; did you mean 'route53'?"]),
    (
      "traffic: {provider: cloud-dns, policy: latency}",
      [
        "4:40: Google Cloud DNS has no policy 'latency'; it has failover, weighted, geolocation, "
          + "simple, nearest-own"
      ]
    ),
    (
      "traffic: {policy: failover, caches: [{share: 50%}, {share: 40%, kind: jvm}]}",
      ["4:37: caches: shares add up to 90%, not 100%"]
    ),
    (
      "traffic: {policy: failover, caches: [{share: 100%, kind: honors}]}",
      ["4:58: 'honors' is not a kind of cache; did you mean 'honours'?"]
    ),
    (
      "traffic: {policy: failover, health-check: {interval: 5s, timeout: 6s}}",
      ["4:67: timeout: 6s is longer than the interval, 5s"]
    ),
    (
      "traffic: {policy: weighted, weights: {us-east-1: -1, eu-wst-1: 3}}",
      [
        "4:50: weights: expected 0 to 1000000, found '-1'",
        "4:54: 'eu-wst-1' is not a region of this scenario; did you mean 'eu-west-1'?",
      ]
    ),
    (
      "traffic: {policy: failover, weights: {us-east-1: 1}}",
      ["4:38: weights: the policy does not use it"]
    ),
    (
      "traffic: {policy: geolocation}",
      ["4:19: geolocation: which region for whom? Add locations: {default: ...}"]
    ),
    (
      "faults: [{at: 1s, route-away: us-east-1}]",
      ["4:10: route-away: there is nothing to direct clients by; add traffic: with a policy"]
    ),
    (
      "traffic: {policy: failover}\nfaults: [{at: 1s, for: 2s, stale-plan: true}]",
      ["5:10: stale-plan: there are no plans; add plans: to traffic:"]
    ),
    (
      "traffic: {provider: front-door, policy: accelerator, health-check: {threshold: 2, sample: 3}}",
      ["4:91: thresholds (checks in a row) and sample exclude each other"]
    ),
  ]

  @Test(arguments: cases) func told(_ text: String, _ expected: [String]) {
    #expect(complaints(text) == expected)
  }

  @Test func withoutCoordinates() {
    #expect(
      complaints("traffic: {policy: geoproximity}", network: "{latency: 20ms}")
        == ["4:19: geoproximity: it is not known where the regions and places are"])
    #expect(
      complaints("places: [{name: x, latitude: 1, longitude: 2}]", network: "{latency: 20ms}").count
        == 2)
  }

  /// Whatever is broken in a file is told, or makes another sound scenario: nothing traps.
  @Test func mutantsAreTold() {
    let text = """
      regions: [us-east-1, eu-west-1]
      network: {preset: aws}
      strategy: {kind: crdt}
      places: [{name: a, near: eu-west-2, clients: 3, access: 8ms, resolver: b}, {name: b, latitude: -1.29, longitude: 36.82}]
      traffic:
        {provider: route53, policy: geolocation, order: [us-east-1, eu-west-1], locations: {a: eu-west-1, default: us-east-1}, ttl: 60s,
        negative-ttl: 1s, client-subnet: false, otherwise: nearest,
        health-check: {interval: 30s, threshold: 3, timeout: 6s, checkers: 15, healthy-share: 18%, starts: healthy, all-down: open, propagation: 5s},
        caches: [{share: 75%, kind: honours}, {share: 25%, kind: extends, floor: 300s, cap: 900s, for: 3s, idle: 9s, serve-stale: 1d}],
        plans: {every: 1s, enactors: 2, applying: 1s, cleanup: 2s, keeps: 3, check: at-apply}}
      duration: 10s
      """
    #expect(throws: Never.self) {
      try Scenario.load(Array(text.utf8), file: "t", catalog: Catalog.strategyCatalog)
    }
    var random = Random(seed: 11)
    let alphabet = Array("0123456789-.,:%{}[]smhd \nabeu".utf8)
    var (sound, told) = (0, 0)
    for _ in 0..<200 {
      var bytes = Array(text.utf8)
      // Half of them differ in one digit only.
      if random.below(2) == 0 {
        let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
        bytes[random.pick(digits)] = UInt8(0x30 + random.below(10))
      } else {
        let place = 60 + random.below(bytes.count - 60)
        switch random.below(3) {
        case 0: bytes[place] = random.pick(alphabet)
        case 1: bytes.remove(at: place)
        default: bytes.insert(random.pick(alphabet), at: place)
        }
      }
      do {
        _ = try Scenario.load(bytes, file: "t", catalog: Catalog.strategyCatalog)
        sound += 1
      } catch { told += 1 }
    }
    #expect(sound > 20 && told > 50, "\(sound) sound, \(told) told")
  }
}
