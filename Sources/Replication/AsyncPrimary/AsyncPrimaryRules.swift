// The few things that primaries with replicas got wrong with known results. The right answers are here and are
// the only ones the strategy has; AsyncPrimaryVariants.swift has the others, so that a catalogue can run a
// published bug without a trace of it in the protocol.

import Histories
import Simulation

extension AsyncPrimary {
  /// What a region has when it answers.
  struct Sight {
    let store: any Store
    let log: Log
    /// Up to where it knows the log to be acknowledged.
    let acknowledged: Int64
    let isPrimary: Bool
    let now: Instant
  }
}

/// What a variant of async-primary does its own way; a value for each home in each region.
protocol AsyncPrimaryRules: Sendable {
  /// An entry came into the log.
  mutating func logged(_ position: Int64, at now: Instant, _ random: inout Random)
  /// What a read at a region sees.
  mutating func view(of store: any Store, _ sight: AsyncPrimary.Sight) -> any Store
  /// Carries out a request at the primary; nil if a condition of it fails.
  mutating func perform(
    _ operation: Operation, _ attempt: inout Attempt, _ sight: AsyncPrimary.Sight
  ) -> Answer?
}

extension AsyncPrimaryRules {
  mutating func logged(_ position: Int64, at now: Instant, _ random: inout Random) {}

  mutating func view(of store: any Store, _ sight: AsyncPrimary.Sight) -> any Store { store }

  mutating func perform(
    _ operation: Operation, _ attempt: inout Attempt, _ sight: AsyncPrimary.Sight
  ) -> Answer? {
    attempt.perform(operation)
  }
}

/// The strategy as it should be.
struct SoundPrimary: AsyncPrimaryRules {}
