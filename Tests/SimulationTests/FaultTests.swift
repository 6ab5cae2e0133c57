// Every fault against the list of actions that it is for one window and one seed. The lists are the
// faults' specification in small: read them, do not just update them.

import Testing

@testable import Simulation

/// A scalar, a list or a map for `Options`, without a file.
private func some(_ text: String) -> Setting { Setting(.scalar(text, quoted: false)) }
private func some(_ elements: [String]) -> Setting { Setting(.list(elements.map { some($0) })) }
private func some(_ groups: [[String]]) -> Setting { Setting(.list(groups.map { some($0) })) }
private func some(_ entries: KeyValuePairs<String, String>) -> Setting {
  Setting(
    .map(
      entries.map {
        Setting.Entry(name: $0.key, mark: Mark(line: 1, column: 1), value: some($0.value))
      }))
}

private let window = (Instant.zero + .seconds(10))..<(Instant.zero + .seconds(30))

/// What a fault does from 10 s to 30 s.
private func list(
  _ type: any Fault.Type, _ entries: KeyValuePairs<String, Setting>, regions: Int = 5,
  seed: UInt64 = 1
) -> [String] {
  let topology = Topology(Array(["a", "b", "c", "d", "e", "f", "g"].prefix(regions)))
  let problems = Problems()
  let mark = Mark(line: 1, column: 1)
  let map = Setting(
    .map(entries.map { Setting.Entry(name: $0.key, mark: mark, value: $0.value) }))
  var options = Options(map, topology: topology, problems: problems)
  let fault = make(type, &options)
  options.finish()
  guard problems.all.isEmpty else { return problems.all.map(\.message) }
  var random = Random(seed: seed)
  var tags = Tags()
  return fault.actions(in: window, on: topology, &random, &tags).map { $0.text(in: topology) }
}

private func make(_ type: any Fault.Type, _ options: inout Options) -> any Fault {
  type.init(&options)
}

/// A wire rule that lasts for the whole window.
private func whole(_ rule: String, _ tag: Int = 1) -> [String] {
  ["10.000000s \(rule) [\(tag)]", "30.000000s remove [\(tag)]"]
}

@Suite struct FaultTests {
  @Test func partition() {
    #expect(
      list(Partition.self, ["partition": some([["a"], ["b", "c"]])]) == whole("cut on a<>b a<>c"))
    #expect(
      list(Partition.self, ["partition": some([["a"], ["b"], ["c", "d", "e"]])])
        == whole("cut on a<>b a<>c a<>d a<>e b<>c b<>d b<>e"))
  }

  @Test(arguments: [
    ("majority", 2, "a<>b"), ("majority", 3, "a<>c b<>c"), ("majority", 4, "a<>c b<>c c<>d"),
    ("majority", 5, "a<>c a<>d b<>c b<>d c<>e d<>e"),
    ("minority", 4, "a<>b a<>c a<>d"), ("minority", 5, "a<>b a<>c a<>d b<>e c<>e d<>e"),
    ("halves", 3, "a<>b a<>c"), ("halves", 4, "a<>b a<>c b<>d c<>d"),
    ("random", 2, "a<>b"), ("random", 5, "a<>b a<>c a<>d a<>e"),
  ])
  func partitionDrawn(_ word: String, _ regions: Int, _ cut: String) {
    #expect(
      list(Partition.self, ["partition": some(word)], regions: regions) == whole("cut on \(cut)"))
  }

  /// Whatever is drawn, both sides have somebody, and a minority is one.
  @Test func drawnSidesAreSides() {
    for regions in 2...7 {
      let topology = Topology((0..<regions).map { "r\($0)" })
      for draw in Split.Draw.allCases {
        var random = Random(seed: UInt64(regions))
        for _ in 0..<100 {
          let sides = Split.drawn(draw).groups(in: topology, &random)
          #expect(sides.count == 2 && sides.allSatisfy { !$0.isEmpty })
          #expect(sides.joined().sorted() == topology.ids)
          if draw == .minority, regions > 2 { #expect(sides[0].count * 2 < regions) }
          if draw == .majority, regions > 2 { #expect(sides[0].count == topology.majority) }
        }
      }
    }
  }

  @Test func isolation() {
    #expect(list(Isolation.self, ["isolate": some("b")]) == whole("cut on all links of b"))
    #expect(list(Isolation.self, ["isolate": some("any")]) == whole("cut on all links of d"))
    #expect(
      list(Isolation.self, ["isolate": some("primary")])
        == whole("cut on all links of the primary (#1)", 2))
  }

  @Test(arguments: [
    (3, "a>c b>a c>b"), (4, "a<>b c<>d"), (5, "a<>c a<>d b<>d b<>e c<>e"),
    (6, "a>c a<>f b>a b<>e c>b c<>d d>e e>f f>d"),
  ])
  func ring(_ regions: Int, _ cut: String) {
    #expect(
      list(MajoritiesRing.self, ["ring": some("true")], regions: regions)
        == whole("cut on \(cut)"))
  }

  /// Each region hears exactly a majority with itself, and no two the same.
  @Test func ringOfMajorities() {
    for regions in 3...9 {
      let topology = Topology((0..<regions).map { "r\($0)" })
      var random = Random(seed: 5)
      var tags = Tags()
      var options = Options.defaults(in: topology)
      let actions = MajoritiesRing(&options).actions(in: window, on: topology, &random, &tags)
      guard case .install(_, .links(let cut), _)? = actions.first?.action else { continue }
      let heard = topology.ids.map { listener in
        topology.ids.filter {
          $0 == listener || !cut.contains(topology.link(from: $0, to: listener))
        }
      }
      #expect(heard.allSatisfy { $0.count == topology.majority })
      #expect(Set(heard).count == regions)
    }
  }

  @Test func bridge() {
    #expect(list(Bridge.self, ["bridge": some("c")]) == whole("cut on a<>b a<>d b<>e d<>e"))
    #expect(list(Bridge.self, ["bridge": some("any")]) == whole("cut on a<>b a<>c b<>e c<>e"))
  }

  @Test(arguments: [
    ("a", "c", "a>c"), ("all", "c", "a>c b>c d>c e>c"), ("c", "any", "c>d"), ("any", "any", "d>c"),
  ])
  func oneWay(_ from: String, _ to: String, _ cut: String) {
    #expect(
      list(OneWayCut.self, ["one-way": some(["from": from, "to": to])])
        == whole("cut on \(cut)"))
  }

  @Test func flapping() {
    #expect(
      list(Flapping.self, ["flap": some([["a"], ["b"]]), "period": some("8s")]) == [
        "10.000000s cut on a<>b [1]", "14.000000s remove [1]",
        "18.000000s cut on a<>b [2]", "22.000000s remove [2]",
        "26.000000s cut on a<>b [3]", "30.000000s remove [3]",
      ])
  }

  @Test func cutClients() {
    #expect(
      list(CutClients.self, ["cut-clients": some(["a", "c"])])
        == whole("cut on the clients of a") + whole("cut on the clients of c", 2))
    #expect(
      list(CutClients.self, ["cut-clients": some("primary")])
        == whole("cut on the clients of the primary (#1)", 2))
  }

  @Test func tabletMove() {
    #expect(
      list(TabletMove.self, ["move-tablet": some("any")]) == [
        "10.000000s order c to move tablet 46066, 34107 shards further"
      ])
    #expect(
      list(TabletMove.self, ["move-tablet": some("a")])
        == ["move-tablet: expected which tablet: any, or its number, found 'a'"])
    for command in [
      Command.promote, .switchOver, .failOver, .addMember(Region.ID(63)),
      .removeMember(Region.ID(0)), .moveTablet(0, further: 1), .moveTablet(65_535, further: 65_535),
    ] {
      #expect(Command(rawValue: command.rawValue) == command)
    }
  }

  @Test func bitRot() {
    #expect(
      list(BitRot.self, ["bit-rot": some("b")]) == [
        "10.000000s crash b", "10.000000s rot the disk of b", "30.000000s restart b",
      ])
    #expect(
      list(BitRot.self, ["bit-rot": some("primary")]) == [
        "10.000000s crash the primary (#1)", "10.000000s rot the disk of #1",
        "30.000000s restart #1",
      ])
  }

  @Test func crash() {
    #expect(
      list(Crash.self, ["crash": some("b")]) == ["10.000000s crash b", "30.000000s restart b"])
    #expect(
      list(Crash.self, ["crash": some("any")]) == ["10.000000s crash d", "30.000000s restart d"])
    #expect(
      list(Crash.self, ["crash": some("primary")])
        == ["10.000000s crash the primary (#1)", "30.000000s restart #1"])
    #expect(
      list(Crash.self, ["crash": some("minority")]) == [
        "10.000000s crash a", "10.000000s crash e", "30.000000s restart a",
        "30.000000s restart e",
      ])
    #expect(
      list(Crash.self, ["crash": some("all")], regions: 2) == [
        "10.000000s crash a", "10.000000s crash b", "30.000000s restart a",
        "30.000000s restart b",
      ])
  }

  @Test func pause() {
    #expect(
      list(Pause.self, ["pause": some("b")]) == ["10.000000s pause b", "30.000000s resume b"])
  }

  @Test func clocks() {
    #expect(
      list(ClockStep.self, ["clock-step": some("b"), "by": some("-300ms")])
        == ["10.000000s step clock of b by -300ms", "30.000000s step clock of b by 300ms"])
    #expect(
      list(ClockDrift.self, ["clock-drift": some("b"), "rate": some("-200ppm")])
        == ["10.000000s drift clock of b at -200ppm", "30.000000s drift clock of b at 0%"])
  }

  @Test func packets() {
    #expect(
      list(PacketLoss.self, ["lose": some("5%")], regions: 3)
        == whole("lose 5% on a<>b a<>c b<>c"))
    #expect(
      list(PacketLoss.self, ["lose": some("5%"), "between": some(["c", "a"])])
        == whole("lose 5% on a<>c"))
    #expect(
      list(
        PacketDuplication.self, ["duplicate": some("0.1%"), "within": some("20ms")], regions: 2)
        == whole("duplicate 1000ppm within 20ms on a<>b"))
    #expect(
      list(PacketDelay.self, ["delay": some("200ms")], regions: 2)
        == whole("delay 100% by 200ms to 200ms on a<>b"))
    #expect(
      list(
        PacketDelay.self,
        ["delay": some(["min": "1ms", "max": "2ms"]), "share": some("20%")], regions: 2)
        == whole("delay 20% by 1ms to 2ms on a<>b"))
  }

  @Test func promotion() {
    #expect(
      list(Promotion.self, ["promote": some("b")]) == ["10.000000s order b to promote"])
  }

  /// Half of all operators need no longer than the median, 19 of 20 no longer than p95.
  @Test func operatorsTakeTheirTime() throws {
    let setting = Setting(
      .map(
        [("promote", some("b")), ("takes", some(["median": "20m", "p95": "60m"]))].map {
          Setting.Entry(name: $0.0, mark: Mark(line: 1, column: 1), value: $0.1)
        }))
    let problems = Problems()
    var options = Options(setting, topology: Topology(["a", "b"]), problems: problems)
    let fault = Promotion(&options)
    options.finish()
    #expect(problems.all.isEmpty)
    let window = Instant.zero..<Instant.zero + .seconds(1)
    let times = (0..<4_000).map { seed -> Int64 in
      var random = Random(seed: UInt64(seed))
      var tags = Tags()
      let actions = fault.actions(in: window, on: options.topology, &random, &tags)
      return actions[0].at.nanoseconds / 1_000_000_000
    }
    #expect(abs(times.count { $0 <= 1_200 } - 2_000) < 100)
    #expect(abs(times.count { $0 <= 3_600 } - 3_800) < 50)
    #expect(times.allSatisfy { $0 >= 0 })
  }

  @Test func memberChange() {
    #expect(
      list(MemberJoin.self, ["add-member": some("b")])
        == ["10.000000s order the primary (#1) to add member b"])
    #expect(
      list(MemberRemoval.self, ["remove-member": some("a"), "via": some("c")])
        == ["10.000000s order c to remove member a"])
  }

  @Test func namesAreDistinctAndDescribed() {
    let names = Faults.all.map { $0.name }
    #expect(Set(names).count == names.count)
    for type in Faults.all {
      #expect(!type.summary.isEmpty && type.example.contains("\(type.name):"))
    }
  }

  /// Faults number links as the network does.
  @Test func linksAreTheNetworks() {
    let topology = Topology(["a", "b", "c"])
    let network = Network(
      regions: 3, between: { _, _ in .constant(.zero) }, clients: { _ in .constant(.zero) },
      seed: 1)
    for from in topology.ids {
      for to in topology.ids {
        #expect(
          topology.link(from: from, to: to) == network.link(from: from.index, to: to.index))
      }
    }
  }
}
