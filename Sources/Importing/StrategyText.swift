// The strategy that a way of replicating is, with the workload that shows what it promises: as the presets have
// it (scenarios/presets), so that an import and the preset of the same product say the same.

extension Replication {
  /// The value of `strategy:`.
  /// - Parameters:
  ///   - regions: Of the database, the writer first.
  ///   - all: Of the scenario.
  func strategy(regions: [CloudRegion], of all: [CloudRegion]) -> String {
    switch self {
    case .none: "{kind: async-primary, primary: \(regions[0].name), failover: none}"
    case .lastWriterWins(true): "{kind: crdt, clock: wall, counter: none}"
    case .lastWriterWins(false): "{kind: crdt}"
    case .merging: "{kind: crdt, clock: wall}"
    case .strongQuorum:
      regions.count == 3
        ? "{kind: quorum, linearizable: true}"
        : "{kind: quorum, linearizable: true, n: \(regions.count)}"
    case .asyncPrimary(let failover, let reads, let acknowledgedByAll):
      "{kind: async-primary, primary: \(regions[0].name), failover: \(failover.rawValue)"
        + reads.text
        + (acknowledgedByAll ? ", acknowledge: all" : "")
        + "}"
    case .consensus(let leader, let voters):
      "{kind: raft, reads: index" + (leader.map { ", preferred: \($0.name)" } ?? "")
        + (Set(voters) == Set(all)
          ? "" : ", members: [\(voters.map(\.name).joined(separator: ", "))]") + "}"
    }
  }

  /// Whether regions without a copy get one all the same.
  var copiesEverywhere: Bool { if case .none = self { false } else { true } }

  /// The value of `workload:`.
  /// - Parameter isLong: whether the run takes minutes: clients think longer.
  func workload(isLong: Bool) -> String {
    switch self {
    case .asyncPrimary(_, .primary, false), .merging:
      "{kind: set, keys: 2, clients-per-region: 3, think: \(isLong ? "1s" : "100ms"), "
        + "mix: {insert: 70, read: 30}}"
    case .consensus:
      "{kind: list-append, keys: 6, max-steps: 3, clients-per-region: 2, "
        + "think: \(isLong ? "1s" : "120ms")}"
    default:
      "{kind: register, keys: 8, clients-per-region: 3, think: \(isLong ? "1s" : "80ms"), "
        + "mix: {read: 50, write: 50}}"
    }
  }
}

extension Replication.Reads {
  /// The option of async-primary, with a comma before it; primary is what it does anyway.
  fileprivate var text: String {
    switch self {
    case .primary: ""
    case .local: ", reads: local"
    case .session: ", reads: session"
    case .bounded(let seconds, let versions):
      ", reads: bounded, max-age: \(seconds)s, max-lag: \(versions)"
    }
  }
}
