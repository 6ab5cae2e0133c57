// How the models of single register operations follow from each other, and all verdicts on one history at once.
//
// Viotti and Vukolić, "Consistency in Non-Transactional Distributed Storage Systems", 2016, figure 1; Perrin, Mostefaoui
// and Jard, "Causal Consistency: Beyond Memory", 2016, figure 1 (causal convergence and causal memory are not
// comparable). The session guarantees here ask for one order of each register's writes, on which all sessions agree
// (as Viotti and Vukolić's arbitration). Causal memory and PRAM ask for none, two processes may see two writes
// in two orders for ever; so those guarantees follow from causal convergence, but not from these.
//
// The lattice is about what clients saw: by the true order of versions a linearizable history may still break a
// session guarantee, which nobody could tell.

import Histories

/// A model of single register operations.
public struct RegisterModel: Sendable, Equatable {
  /// The name of its checker.
  public let name: String
  /// The models that hold wherever this one does, without those that follow from them.
  public let implies: [String]

  /// All, each before those that it implies.
  public static let all: [RegisterModel] = [
    RegisterModel(name: "linearizable", implies: ["sequential"]),
    RegisterModel(
      name: "sequential", implies: ["causal-memory", "causal-convergence", "consistent-prefix"]),
    RegisterModel(name: "causal-convergence", implies: ["weak-causal", "session-guarantees"]),
    RegisterModel(name: "causal-memory", implies: ["weak-causal", "pram"]),
    RegisterModel(
      name: "consistent-prefix",
      implies: ["monotonic-reads", "monotonic-writes", "writes-follow-reads"]),
    RegisterModel(name: "weak-causal", implies: ["writes-follow-reads"]),
    RegisterModel(name: "pram", implies: []),
    RegisterModel(
      name: "session-guarantees",
      implies: ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"]),
    RegisterModel(name: "read-your-writes", implies: []),
    RegisterModel(name: "monotonic-reads", implies: []),
    RegisterModel(name: "monotonic-writes", implies: []),
    RegisterModel(name: "writes-follow-reads", implies: []),
  ]

  /// Whether another model holds wherever this one does.
  public func implies(_ other: String) -> Bool {
    implies.contains { name in
      name == other
        || RegisterModel.all.contains { $0.name == name && $0.implies(other) }
    }
  }
}

/// The verdicts of several models on one history of register operations.
struct RegisterLattice {
  private(set) var verdicts: [Verdict] = []

  /// Judges the named models. One that follows from another that holds needs no judging.
  init(_ history: History, _ models: [String], _ facts: Facts, _ budget: Budget) {
    let seen = history.blackBox
    // Linearizability is judged key by key, which is not all that it asks where this is not local.
    let isLocal = seen.isLocal
    for model in RegisterModel.all where models.contains(model.name) {
      let stronger = RegisterModel.all.first { other in
        other.implies(model.name) && (isLocal || other.name != "linearizable")
          && verdicts.contains { $0.checker == other.name && $0.validity == .holds }
      }
      if let stronger {
        let judged = verdicts.first { $0.checker == stronger.name }?.judged ?? 0
        verdicts.append(
          Verdict(
            checker: model.name, judged: judged, anomalies: [],
            summary: "follows from \(stronger.name)"))
      } else if let checker = Checkers.named(model.name) {
        verdicts.append(checker.init().check(seen, facts, budget))
      }
    }
    for name in models where !RegisterModel.all.contains(where: { $0.name == name }) {
      if let checker = Checkers.named(name) {
        verdicts.append(checker.init().check(history, facts, budget))
      }
    }
    for place in verdicts.indices where verdicts[place].validity == .holds { bringDown(place) }
  }

  /// What breaks a weaker model breaks this one.
  private mutating func bringDown(_ place: Int) {
    let model = RegisterModel.all.first { $0.name == verdicts[place].checker }
    let weaker = verdicts.first { $0.validity == .violated && model?.implies($0.checker) == true }
    guard let weaker else { return }
    verdicts[place] = Verdict(
      checker: verdicts[place].checker, judged: weaker.judged, anomalies: weaker.anomalies,
      anomalyCount: weaker.anomalyCount)
  }

  var boundary: IsolationBoundary { IsolationBoundary(verdicts) }
}

extension IsolationBoundary {
  /// What verdicts on register models say about those judged.
  init(_ verdicts: [Verdict]) {
    let models = RegisterModel.all.filter { model in verdicts.contains { $0.checker == model.name }
    }
    func names(_ validity: Validity) -> [String] {
      verdicts.filter { $0.validity == validity }.map(\.checker)
    }
    let violated = names(.violated)
    let excluded = models.filter { model in
      violated.contains(model.name) || violated.contains { model.implies($0) }
    }
    let weakest = excluded.filter { model in !excluded.contains { model.implies($0.name) } }
    not = weakest.map(\.name).sorted()
    alsoNot = excluded.map(\.name).filter { name in !weakest.contains { $0.name == name } }.sorted()
    let holding = models.filter { names(.holds).contains($0.name) }
    strongest = holding.filter { model in !holding.contains { $0.implies(model.name) } }.map(\.name)
  }
}
