// Sequential, consistent prefix, causal in three forms and PRAM: pictures with known answers, random histories
// against the definitions, bugs that these would find, and properties that any checker of them has.

import Checking
import Histories
import Testing

@Suite("Causal and sequential consistency")
struct CausalTests {
  static let names = [
    "sequential", "consistent-prefix", "causal-memory", "causal-convergence", "weak-causal", "pram",
  ]

  private func check(_ name: String, _ history: History) throws -> Verdict {
    let checker = try #require(Checkers.named(name))
    return checker.init().check(history, Facts(), Budget())
  }

  /// Figure 3 of Bouajjani, Enea, Guerraoui and Hamza, "On Verifying Causal Consistency", 2017, and more.
  @Test(
    "pictures",
    arguments: [
      // (a) CM, not CCv. Prefixes need not hold one's own write yet.
      (
        ["causal-memory", "weak-causal", "pram", "consistent-prefix"],
        """
        C0:  |-w x 1-| |-r x 2-|
        C1:  |-w x 2-| |-r x 1-|
        """
      ),
      // (b) CCv, not CM.
      (
        ["causal-convergence", "weak-causal", "consistent-prefix"],
        """
        C0:  |-w z 1-| |-w x 1-| |-w y 1-|
        C1:  |-w x 2-| |-r z nil-|         |-r y 1-| |-r x 2-|
        """
      ),
      // (c) CC, neither CM nor CCv.
      (
        ["weak-causal", "consistent-prefix"],
        """
        C0:  |-w x 1-|
        C1:  |-w x 2-| |-r x 1-| |-r x 2-|
        """
      ),
      // (d) All three, but not sequential.
      (
        ["causal-memory", "causal-convergence", "weak-causal", "pram", "consistent-prefix"],
        """
        C0:  |-w x 1-| |-r y nil-| |-w y 1-| |-r x 1-|
        C1:  |-w x 2-| |-r y nil-| |-w y 2-| |-r x 2-|
        """
      ),
      // (e) Not CC; each process alone sees nothing wrong.
      (
        ["pram"],
        """
        C0:  |-w x 1-| |-w y 1-|
        C1:                      |-r y 1-| |-w x 2-|
        C2:                                          |-r x 2-| |-r x 1-|
        """
      ),
      // Everybody is late, but by one order.
      (
        names,
        """
        C0:  |-w x 1-| |-w x 2-|
        C1:                      |-r x nil-| |-r x 1-| |-r x 2-|
        C2:                                  |-r x nil-| |-r x 1-|
        """
      ),
      // The store buffer (Dekker): both miss the other's write. Prefixes allow it.
      (
        ["consistent-prefix", "causal-memory", "causal-convergence", "weak-causal", "pram"],
        """
        C0:  |-w x 1-| |-r y nil-|
        C1:  |-w y 1-| |-r x nil-|
        """
      ),
      // A process misses its own write.
      (["consistent-prefix"], "C0: |-w x 1-| |-r x nil-| |-r x 1-|"),
      // The long fork: two readers disagree about the order.
      (
        ["causal-memory", "causal-convergence", "weak-causal", "pram"],
        """
        C0:  |-w x 1-|
        C1:  |-w y 1-|
        C2:            |-r x 1-| |-r y nil-|
        C3:            |-r y 1-| |-r x nil-|
        """
      ),
      // Compare-and-set: two of them replace one value.
      (
        ["causal-memory", "causal-convergence", "weak-causal", "pram"],
        """
        C0:  |-w x 1-| |-cas x 1 2-|
        C1:            |-cas x 1 3-|
        """
      ),
    ])
  func pictures(holding: [String], diagram: String) throws {
    let history = try History(diagram: diagram)
    for name in Self.names {
      let verdict = try check(name, history)
      #expect(verdict.validity == (holding.contains(name) ? .holds : .violated), "\(verdict)")
      let brute = BruteCausal(entries: (0..<history.count).map { history[$0] }, model: name)
      #expect(brute.holds() == holding.contains(name), "\(name)")
    }
  }

  @Test("explanations name the pattern and tell each step")
  func explanation() throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-| |-w y 1-|
        C1:                      |-r y 1-| |-w x 2-|
        C2:                                          |-r x 2-| |-r x 1-|
        """)
    let verdict = try check("weak-causal", history)
    #expect(verdict.anomalies.first?.name == "write-co-read")
    #expect(
      verdict.anomalies.first?.explanation.suffix(2) == [
        "row 3 comes before row 5, which saw row 0 instead: so row 3 comes before row 0",
        "row 0, row 1, row 2, row 3, row 0: each comes before the next, a circle",
      ], "\(verdict)")
  }

  @Test("reads that nobody can explain", arguments: names)
  func thinAir(name: String) throws {
    let phantom = try check(name, History(diagram: "C0: |-w x 1-| |-r x 7-|"))
    #expect(phantom.anomalies.first?.name == "phantom-read")
    let failed = try check(name, History(diagram: "C0: |-w x 1! |-r x 1-|"))
    #expect(failed.anomalies.first?.name == "failed-but-visible")
  }

  @Test("who judged nothing, or can not tell writes apart, can not tell", arguments: names)
  func vacuous(name: String) throws {
    #expect(try check(name, History()).validity == .unknown)
    #expect(try check(name, History(diagram: "C0: |-w x 1-|")).validity == .unknown)
    let twice = try History(diagram: "C0: |-w x 1-| |-w x 1-| |-r x 1-|")
    #expect(try check(name, twice).explanation.contains("unique"))
    let several = try History(diagram: "C0: |-w x 1-| |-w x 2-| |-r x [1 2]-|")
    let global = name == "sequential" || name == "consistent-prefix"
    #expect(try check(name, several).validity == (global ? .violated : .unknown))
  }

  @Test("the budget ends the search")
  func budget() throws {
    var entries: [Entry] = []
    for process in 0..<8 {
      for step in 0..<6 {
        let isRead = step % 2 == 1
        let write =
          isRead ? (process + 1) % 8 * 3 + (step / 2 + process) % 3 : process * 3 + step / 2
        entries.append(
          Entry(
            process: Int32(process), function: isRead ? .read : .write, key: 0,
            value: Value(write + 1), call: Int64(step * 10), return: Int64(step * 10 + 5)))
      }
    }
    entries.sort { ($0.call, $0.process) < ($1.call, $1.process) }
    let verdict = SequentialConsistency().check(History(entries), Facts(), Budget(steps: 0))
    #expect(verdict.validity == .unknown, "\(verdict)")
    #expect(verdict.explanation.contains("budget exhausted"))
  }

  // MARK: Mutants

  @Test("random histories would find these bugs", arguments: CausalMutant.allCases, names)
  func mutants(mutant: CausalMutant, name: String) throws {
    // What was read must come before the read in an order that is searched for as a whole.
    let isHarmless =
      mutant == .readsTellNothing && ["sequential", "consistent-prefix", "pram"].contains(name)
    var random = RandomHistories(seed: 42)
    var kills = 0
    for _ in 0..<2_000 where kills == 0 {
      let entries = random.severalOrders(wrong: name == "weak-causal" ? 100 : 75)
      let verdict = try check(name, History(entries))
      guard verdict.judged > 0 else { continue }
      let brute = BruteCausal(entries: entries, model: name, mutant: mutant)
      if brute.holds() != (verdict.validity == .holds) { kills += 1 }
    }
    #expect((kills > 0) != isHarmless)
  }

  // MARK: Properties

  @Test("the witness alone is a violation, and none without any of it", arguments: names)
  func witness(name: String) throws {
    var random = RandomHistories(seed: 43)
    var judged = 0
    for _ in 0..<400 {
      let entries = random.registers(
        unique: true, keys: 2, most: 30, wrong: 100, info: 4, fail: 0, processes: 3, reads: 60,
        changed: 20)
      let verdict = try check(name, History(entries))
      guard let anomaly = verdict.anomalies.first, verdict.anomalyCount == 1 else { continue }
      let rows = anomaly.rows
      #expect(try check(name, History(rows.map { entries[$0] })).validity == .violated)
      guard anomaly.name != "phantom-read" else { continue }
      judged += 1
      for row in rows where entries[row].function == .read {
        let fewer = rows.filter { $0 != row }.map { entries[$0] }
        #expect(try check(name, History(fewer)).validity != .violated, "\(verdict)")
      }
    }
    #expect(judged > 20)
  }

  @Test("times change nothing", arguments: names)
  func times(name: String) throws {
    var random = RandomHistories(seed: 44)
    var both: Set<Validity> = []
    for _ in 0..<200 {
      let entries = random.severalOrders(wrong: name == "weak-causal" ? 100 : 75)
      let verdict = try check(name, History(entries))
      both.insert(verdict.validity)
      // Time tells nothing but the order of each process.
      let shuffled = random.generator.shuffled(Array(0..<entries.count))
      var next: [Int32: [Entry]] = [:]
      for entry in entries { next[entry.process, default: []].append(entry) }
      var moved: [Entry] = []
      for place in shuffled {
        guard var entry = next[entries[place].process]?.removeFirst() else { continue }
        entry.call = Int64(10 * moved.count)
        entry.return = entry.completion == .info ? History.never : entry.call + 5
        moved.append(entry)
      }
      let scrambled = try check(name, History(moved))
      #expect(scrambled.validity == verdict.validity, "\(History(entries).picture)")
    }
    #expect(both.contains(.holds) && both.contains(.violated))
  }

  @Test("not local: each register alone is in order, both together are not")
  func locality() throws {
    let history = try History(
      diagram: """
        C0:  |-w x 1-| |-r y nil-|
        C1:  |-w y 1-| |-r x nil-|
        """)
    #expect(try check("sequential", history).validity == .violated)
    for key in [Key(0), 1] {
      let own = (0..<history.count).filter { history.keys[$0] == key }.map { history[$0] }
      #expect(try check("sequential", History(own)).validity == .holds)
    }
  }
}
