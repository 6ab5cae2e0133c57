// Consistency models as a lattice: which model implies which, and which anomalies each forbids. A model is
// ruled out by an anomaly that it, or a model it implies, forbids. Names and relations follow Elle, which
// gathered them from Adya, "Weak Consistency", 1999; Cerone, Bernardi and Gotsman, "A Framework for
// Transactional Consistency Models with Atomic Visibility", 2015; Bailis et al., "Highly Available
// Transactions", 2013; and Daudjee and Salem, "Lazy Database Replication with Snapshot Isolation", 2006.

/// A consistency model of transactions.
public struct IsolationModel: Sendable, Equatable {
  /// The name in reports: "serializable".
  public let name: String
  /// Other names that mean the same.
  public let aliases: [String]
  /// The models that hold wherever this one does, without those that follow from them.
  public let implies: [String]
  /// The anomalies that it forbids besides those that the models it implies forbid.
  public let forbids: [String]

  init(
    _ name: String, aliases: [String] = [], implies: [String] = [], forbids: [String] = []
  ) {
    self.name = name
    self.aliases = aliases
    self.implies = implies
    self.forbids = forbids
  }

  /// All models of transactions, each before those that it implies.
  public static let all: [IsolationModel] = strong + serializable + weak

  private static let strong: [IsolationModel] = [
    IsolationModel(
      "strong-serializable", aliases: ["strict-serializable", "PL-SS"],
      implies: ["strong-snapshot-isolation", "strong-session-serializable"],
      forbids: ["G1", "G1c-realtime", "G2-realtime"]),
    IsolationModel(
      "strong-session-serializable",
      implies: ["serializable", "strong-session-snapshot-isolation"],
      forbids: ["G1-process", "G2-process"]),
    IsolationModel(
      "strong-snapshot-isolation",
      implies: ["strong-session-snapshot-isolation", "strong-read-committed"],
      forbids: ["internal", "G1-realtime", "G-nonadjacent-realtime"]),
    IsolationModel(
      "strong-session-snapshot-isolation",
      implies: ["snapshot-isolation", "strong-session-read-committed"],
      forbids: ["internal", "G1-process", "G-nonadjacent-process"]),
    IsolationModel(
      "strong-read-committed", aliases: ["strong-PL-2"],
      implies: ["strong-session-read-committed", "strong-read-uncommitted"],
      forbids: ["G1c-realtime"]),
    IsolationModel(
      "strong-session-read-committed", aliases: ["strong-session-PL-2"],
      implies: ["read-committed", "strong-session-read-uncommitted"], forbids: ["G1c-process"]),
    IsolationModel(
      "strong-read-uncommitted", aliases: ["strong-PL-1"],
      implies: ["strong-session-read-uncommitted"], forbids: ["G0-realtime"]),
    IsolationModel(
      "strong-session-read-uncommitted", aliases: ["strong-session-PL-1"],
      implies: ["read-uncommitted"], forbids: ["G0-process"]),
  ]

  private static let serializable: [IsolationModel] = [
    IsolationModel(
      "serializable", aliases: ["conflict-serializable", "PL-3"],
      implies: ["repeatable-read", "update-serializable", "snapshot-isolation"],
      forbids: ["G1", "G2", "predicate-read-miss", "internal"]),
    IsolationModel(
      "update-serializable", aliases: ["PL-3U"], implies: ["forward-consistent-view"],
      forbids: ["G1", "G-update"]),
    IsolationModel(
      "snapshot-isolation", aliases: ["PL-SI"],
      implies: [
        "forward-consistent-view", "monotonic-atomic-view", "monotonic-snapshot-read",
        "parallel-snapshot-isolation", "prefix",
      ], forbids: ["internal", "G1", "G-SI", "G-nonadjacent"]),
    IsolationModel(
      "repeatable-read", aliases: ["PL-2.99"],
      implies: ["cursor-stability", "monotonic-atomic-view"],
      forbids: ["G1", "G2-item", "lost-update"]),
    IsolationModel(
      "parallel-snapshot-isolation",
      implies: ["consistent-view", "causal-cerone", "update-atomic"],
      forbids: ["internal"]),
    IsolationModel(
      "forward-consistent-view", aliases: ["PL-FCV"], implies: ["consistent-view"],
      forbids: ["G1", "G-SIb"]),
    IsolationModel(
      "consistent-view", aliases: ["PL-2+"], implies: ["cursor-stability", "monotonic-view"],
      forbids: ["G1", "G-single"]),
  ]

  private static let weak: [IsolationModel] = [
    IsolationModel(
      "prefix", implies: ["causal-cerone"], forbids: ["internal", "long-fork"]),
    IsolationModel(
      "causal-cerone", implies: ["read-atomic"],
      forbids: ["internal", "causality-violation"]),
    IsolationModel("update-atomic", implies: ["read-atomic"], forbids: ["lost-update"]),
    IsolationModel(
      "read-atomic", implies: ["monotonic-atomic-view"],
      forbids: ["internal", "future-read", "fractured-read"]),
    IsolationModel("monotonic-atomic-view", implies: ["read-committed"], forbids: ["OTV"]),
    IsolationModel(
      "cursor-stability", aliases: ["PL-CS"], implies: ["read-committed"],
      forbids: ["G1", "G-cursor", "lost-update"]),
    IsolationModel(
      "monotonic-view", aliases: ["PL-2L"], implies: ["read-committed"],
      forbids: ["G1", "G-monotonic"]),
    IsolationModel(
      "monotonic-snapshot-read", aliases: ["PL-MSR"], implies: ["read-committed"],
      forbids: ["G1", "G-MSR"]),
    IsolationModel(
      "read-committed", aliases: ["PL-2"], implies: ["read-uncommitted"], forbids: ["G1"]),
    IsolationModel(
      "read-uncommitted", aliases: ["PL-1"],
      forbids: ["G0", "duplicate-elements", "cyclic-versions"]),
  ]

  /// Whether another model holds wherever this one does.
  public func implies(_ other: IsolationModel) -> Bool {
    implies.contains { name in
      name == other.name || IsolationModel.named(name)?.implies(other) ?? false
    }
  }

  /// The model with this name or alias.
  public static func named(_ name: String) -> IsolationModel? {
    all.first { $0.name == name || $0.aliases.contains(name) }
  }
}

/// What a set of anomalies says about all models.
public struct IsolationBoundary: Sendable, Equatable {
  /// The weakest models that are ruled out, in alphabetical order.
  public let not: [String]
  /// All stronger ones, ruled out with them.
  public let alsoNot: [String]
  /// The models that hold and follow from no other that holds, in the order of `IsolationModel.all`.
  public let strongest: [String]

  /// Whether a model is ruled out.
  public func excludes(_ model: IsolationModel) -> Bool {
    not.contains(model.name) || alsoNot.contains(model.name)
  }

  /// Judges all models by the names of the anomalies found. Of models that those which may be there would
  /// rule out it is not said that they hold.
  public init(anomalies: [String], undecided: [String] = []) {
    let models = IsolationModel.all
    let excluded = IsolationBoundary.excluded(by: anomalies)
    let weakest = models.filter { model in
      excluded.contains(model.name) && !model.implies.contains { excluded.contains($0) }
    }
    not = weakest.map(\.name).sorted()
    let reported = not
    alsoNot = excluded.filter { !reported.contains($0) }.sorted()
    let doubtful = IsolationBoundary.excluded(by: undecided)
    let holding = models.filter {
      !excluded.contains($0.name) && !doubtful.contains($0.name)
    }
    strongest = holding.filter { model in
      !holding.contains { $0.implies.contains(model.name) }
    }.map(\.name)
  }

  /// The models that anomalies rule out, weakest first.
  static func excluded(by anomalies: [String]) -> [String] {
    let found = AnomalyNames.implied(by: anomalies)
    var excluded: [String] = []
    // Models come before those they imply, so from the end each knows about what it implies.
    for model in IsolationModel.all.reversed() {
      let breaks = model.forbids.contains { found.contains($0) }
      if breaks || model.implies.contains(where: { excluded.contains($0) }) {
        excluded.append(model.name)
      }
    }
    return excluded
  }
}
