// Async-primary with one thing done as somebody once did it: for the catalogue of known bugs, and for tests
// that must notice. Each hides from reads something that is in the log.

import Histories
import Simulation

extension AsyncPrimary {
  /// The strategy, or one of its published mistakes.
  public enum Variant: String, Sendable, CaseIterable {
    case sound
    /// Kingsbury, "Jepsen: Amazon RDS for PostgreSQL 17.4", 2025.
    case completionOrder = "completion-order"
    /// yugabyte-db issues 14442 and 15275.
    case shardStreams = "shard-streams"
    /// Kingsbury and Alvaro, "Jepsen: MySQL 8.0.34", 2023.
    case oldReadsNewWrites = "old-reads-new-writes"

    var rules: any AsyncPrimaryRules {
      switch self {
      case .sound: SoundPrimary()
      case .completionOrder: CompletionOrder()
      case .shardStreams: ShardStreams()
      case .oldReadsNewWrites: OldReadsNewWrites()
      }
    }
  }
}

/// On the primary a transaction becomes visible when it completes, some time after it was logged, and
/// not in the log's order; replicas show the log's order. Two writers of one row still wait for each
/// other: who writes what a transaction that has not completed wrote is refused.
private struct CompletionOrder: AsyncPrimaryRules {
  private static let longest = Duration.milliseconds(300)
  /// When the newest entries complete, by position.
  private var completions: [(position: Int64, at: Instant)] = []

  mutating func logged(_ position: Int64, at now: Instant, _ random: inout Random) {
    completions.removeAll { $0.at <= now || $0.position >= position }
    completions.append((position, now + random.within(.zero...Self.longest)))
  }

  func view(of store: any Store, _ sight: AsyncPrimary.Sight) -> any Store {
    sight.isPrimary ? visible(sight) : store
  }

  func perform(
    _ operation: Operation, _ attempt: inout Attempt, _ sight: AsyncPrimary.Sight
  ) -> Answer? {
    attempt.store = visible(sight)
    guard let answer = attempt.perform(operation) else { return nil }
    let busy = incomplete(sight).flatMap { sight.log.rows(at: $0, sight.store) }.map(\.change.key)
    return attempt.changes.contains { busy.contains($0.key) } ? nil : answer
  }

  private func incomplete(_ sight: AsyncPrimary.Sight) -> [Int64] {
    completions.filter { $0.at > sight.now }.map(\.position)
  }

  private func visible(_ sight: AsyncPrimary.Sight) -> any Store {
    let hidden = incomplete(sight)
    guard let oldest = hidden.first else { return sight.store }
    return sight.log.past(before: oldest - 1, sight.store) { hidden.contains($0.place.position) }
  }
}

/// Keys are in two shards with a stream each, and one stream is slow: a transaction over both
/// arrives at a replica in halves.
private struct ShardStreams: AsyncPrimaryRules {
  private static let lag = Duration.milliseconds(300)
  private var arrivals: [(position: Int64, at: Instant)] = []

  mutating func logged(_ position: Int64, at now: Instant, _ random: inout Random) {
    arrivals.removeAll { now - $0.at >= Self.lag || $0.position >= position }
    arrivals.append((position, now))
  }

  func view(of store: any Store, _ sight: AsyncPrimary.Sight) -> any Store {
    guard !sight.isPrimary, let oldest = arrivals.first(where: { sight.now - $0.at < Self.lag })
    else { return store }
    return sight.log.past(before: oldest.position - 1, sight.store) { $0.change.key % 2 == 1 }
  }
}

/// A transaction reads from a snapshot, here of what was acknowledged when it began, but its writes are made
/// to the newest rows; and what it has written it sees as it is now.
private struct OldReadsNewWrites: AsyncPrimaryRules {
  func perform(
    _ operation: Operation, _ attempt: inout Attempt, _ sight: AsyncPrimary.Sight
  ) -> Answer? {
    guard case .transaction(let steps) = operation else { return attempt.perform(operation) }
    let snapshot = sight.log.past(before: sight.acknowledged, sight.store)
    var answers: [Answer] = []
    for step in steps {
      let isOwn = attempt.changes.contains { change in
        step.keys.contains { Int64($0) == change.key }
      }
      attempt.store = isOwn ? sight.store : snapshot
      guard let answer = attempt.perform(step) else { return nil }
      answers.append(answer)
    }
    return .steps(answers)
  }
}
