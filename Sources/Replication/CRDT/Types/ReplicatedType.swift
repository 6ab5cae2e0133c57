// What a conflict-free data type is, for all three exchanges: how an operation is prepared where it is
// asked for, what it does to the rows of a region (its effect, and by the rows it touches its delta),
// and how two copies of a row join (by which states and deltas merge). A type is one file.
//
// Prepare and effect: Shapiro, Preguica, Baquero and Zawirski, "A comprehensive study of Convergent and
// Commutative Replicated Data Types", section 2.2.2; join: section 2.2.1; deltas: Almeida, Shoker and
// Baquero, "Delta State Replicated Data Types", section 4.

import Histories
import Simulation

extension CRDT {
  /// A replicated data type over rows.
  protocol ReplicatedType: Sendable {
    /// The tables of its rows.
    var tables: [Table] { get }

    /// Completes an operation where it was asked for with what only its author knows; or says why it
    /// cannot be. Changes nothing.
    func prepare(_ entry: inout Entry, on rows: Rows) -> Refusal?

    /// Carries out an operation: once in each region, after all that its author had seen. True if it met
    /// an update that its author had not seen.
    func effect(_ entry: Entry, on rows: inout Rows) -> Bool

    /// The least upper bound of two copies of one row: commutative, associative, idempotent.
    func join(_ table: Table, _ mine: Row, _ theirs: Row) -> Row

    /// The update that made a row, for rows that can be forgotten once they are tombstones: a region
    /// that includes the update and has no such row has forgotten it. Nil if they are never forgotten.
    func maker(_ table: Table, _ key: Row) -> Dot?

    /// Forgets tombstones that are not needed any more.
    func collect(_ obsolete: Obsolescence, in store: any Store)

    /// What clients read.
    func read(_ key: Key, in store: any Store) -> (Answer, Version?)
  }
}

extension CRDT.ReplicatedType {
  func prepare(_ entry: inout CRDT.Entry, on rows: CRDT.Rows) -> Refusal? { nil }
  func maker(_ table: Table, _ key: Row) -> Dot? { nil }
  func collect(_ obsolete: CRDT.Obsolescence, in store: any Store) {}
}
