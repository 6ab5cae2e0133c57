// All twins: every checker with the histories on which it is compared with its brute force.

import Histories

@testable import Checking

extension Twin {
  static let all =
    registers + sessions + orders + staleness + data + objects + models + anomalies + weak
    + isolation

  /// Checkers whose figures of two objects are those of the one and the other.
  static var adding: [Twin] {
    (sessions + staleness + data + objects + anomalies).filter { Twins.areChosen($0.name) }
  }

  // MARK: Registers

  private static let registers = [
    Twin("linearizable", "unique values") { random in
      let initial: Value? = random.generator.chance(30) ? 0 : nil
      let facts = Facts(initial: initial, emptyReadsSayNothing: random.generator.chance(10))
      return linearizable(random.registers(unique: true, wrong: 70, initial: initial), facts)
    },
    Twin("linearizable", "unique values and compare-and-set") { random in
      let initial: Value? = random.generator.chance(40) ? 0 : nil
      let entries = random.registers(
        unique: true, initial: initial, cas: random.generator.pick([15, 30]),
        info: random.generator.pick([0, 12, 30]))
      return linearizable(entries, Facts(initial: initial))
    },
    Twin("linearizable", "two keys") { random in
      linearizable(random.registers(unique: true, keys: 2), Facts())
    },
    Twin("linearizable", "few values and compare-and-set") { random in
      let facts = Facts(
        initial: random.generator.chance(30) ? 1 : nil,
        failedCompareAndSetObserves: random.generator.chance(30),
        emptyReadsSayNothing: random.generator.chance(10))
      let entries = random.registers(
        unique: false, wrong: 75, initial: facts.initial,
        info: random.generator.pick([0, 12, 40]), fail: random.generator.pick([0, 8, 25]))
      return linearizable(entries, facts)
    },
    // Few processes that hardly ever wait, so that much happens at one instant.
    Twin("linearizable", "unique values, times that touch") { touching(&$0, unique: true) },
    Twin("linearizable", "compare-and-set, times that touch") {
      touching(&$0, unique: true, cas: 25)
    },
    Twin("linearizable", "few values, times that touch") {
      touching(&$0, unique: false)
    },
  ]

  private static func touching(
    _ random: inout RandomHistories, unique: Bool, cas: Int? = nil
  ) -> Sample {
    random.tightness = random.generator.pick([40, 70, 95])
    let facts = Facts(initial: random.generator.chance(30) ? 0 : nil)
    let entries = random.registers(
      unique: unique, wrong: 60, initial: facts.initial, cas: cas,
      info: random.generator.pick([0, 12, 25]), processes: 1 + random.generator.below(3),
      reads: unique ? 60 : 50)
    return linearizable(entries, facts)
  }

  private static func linearizable(_ entries: [Entry], _ facts: Facts) -> Sample {
    Sample(history: History(entries), facts: facts) {
      BruteLinearizable(entries: entries, facts: facts).holds()
    }
  }

  /// With the true order of writes; without it see the session guarantees' own tests.
  private static let sessions = PairRule.all.keys.sorted().map { name in
    let rules = PairRule.all[name] ?? []
    return Twin(name) { random in
      let plain = random.registers(
        unique: true, keys: 1 + random.generator.below(2),
        wrong: name == "session-guarantees" ? 35 : 100, info: 4, fail: 4, processes: 2, reads: 60)
      let (entries, places) = random.versioned(plain)
      let history = History(entries)
      // Without any version it is another question.
      let brute = BruteSessions(entries: entries, rules: rules)
      guard history.hasVersions, !brute.pairs().isEmpty else { return nil }
      return Sample(history: history) { brute.holds(places) }
    }
  }

  private static let orders = [
    "sequential", "consistent-prefix", "causal-memory", "causal-convergence", "weak-causal", "pram",
  ].map { name in
    Twin(name) { random in
      let entries = random.severalOrders(wrong: name == "weak-causal" ? 100 : 75)
      return Sample(history: History(entries)) {
        BruteCausal(entries: entries, model: name).holds()
      }
    }
  }

  private static let staleness = [true, false].map { byVersions in
    Twin(
      "bounded-staleness", byVersions ? "versions" : "ticks", byVersions ? [] : .times, share: 10
    ) { random in
      let entries = random.registers(
        unique: true, keys: 2, wrong: 100, info: 2, fail: 2, processes: 2, changed: 75)
      let limit = Int64(random.generator.below(byVersions ? 2 : 6))
      let bound: StalenessBound = byVersions ? .versions(limit) : .ticks(limit)
      return Sample(history: History(entries), facts: Facts(maxStaleness: bound)) {
        let worst = BruteStaleness(entries: entries).worst
        return (byVersions ? worst.versions : worst.ticks) <= limit
      }
    }
  }

  // MARK: Data

  private static let data = DataCheckerTests.kinds.map { name in
    let exceptions: [String: Exceptions] = [
      "no-lost-writes": .reads, "counter": .values, "bank": .values,
    ]
    return Twin(name, "", exceptions[name] ?? []) { random in
      let drafts = DataCheckerTests.make(name, &random)
      let facts = name == "bank" ? Facts(accounts: 3, total: 30) : Facts()
      return Sample(history: History(drafts: drafts), facts: facts) {
        DataCheckerTests.twin(name, BruteData(drafts: drafts))
      }
    }
  }

  private static let objects = ObjectKind.allCases.map { kind in
    Twin(type(of: kind.checker).name, "\(kind)", kind.exceptions, share: 10) { random in
      let drafts = kind.make(&random)
      return Sample(history: History(drafts: drafts), facts: kind.facts) { kind.twin(drafts) }
    }
  }

  private static let models = ModelKind.allCases.map { kind in
    let exceptions: Exceptions = kind == .counter ? .values : []
    return Twin(kind.checker, "\(kind)", exceptions, share: 10) { random in
      var models = RandomModels(generator: random.generator)
      defer { random.generator = models.generator }
      let model = models.next(kind)
      guard model.saysSomething else { return nil }
      return Sample(history: try model.history(), facts: kind.facts) { model.holds() }
    }
  }

  private static let anomalies = AnomalyKind.allCases.map { kind in
    Twin(kind.checker, "", kind == .monotonic ? .values : [], share: 10) { random in
      let history = kind.make(&random)
      return Sample(history: history) { !BruteAnomalies(history: history).isFound(kind) }
    }
  }

  // MARK: Transactions

  private static let weak = ["read-committed", "read-atomic", "causal"].map { name in
    Twin(name) { random in
      var transactions = RandomTransactions(generator: random.generator)
      defer { random.generator = transactions.generator }
      let history = transactions.next()
      return Sample(history: history) { BruteWeak(history).validity(name) ?? true }
    }
  }

  /// The models that are decided exactly.
  static let isolationModels = [
    "strong-serializable", "strong-session-serializable", "serializable",
    "strong-snapshot-isolation", "strong-session-snapshot-isolation", "snapshot-isolation",
    "prefix", "parallel-snapshot-isolation", "causal-cerone", "read-atomic",
  ]

  private static let isolation = [false, true].flatMap { isList in
    isolationModels.map { name in
      Twin(
        name, isList ? "transactions on lists" : "transactions", [], share: 10
      ) { random in
        var transactions = RandomIsolation(dice: random.generator, isList: isList)
        defer { random.generator = transactions.dice }
        let history = transactions.next()
        return Sample(history: history) { BruteIsolation(history).holds(name) }
      } judge: { history, facts in
        guard let model = IsolationModel.named(name) else {
          return Verdict(checker: name, judged: 0, anomalies: [], unknown: "no such model")
        }
        return IsolationAnalysis(history, facts).verdict(model)
      }
    }
  }
}
