// A state on its way from one region to another, piece by piece (Ongaro, "Consensus: Bridging Theory and
// Practice", chapter 5, figure 5.3). Who sends keeps a copy of the rows as of a place in its log and goes on
// by what the other says it has; who receives keeps the pieces in memory and gets all rows at once with the
// last: it installs them in one transaction, so that a crash half way leaves what was there before.

import Simulation

enum StateTransfer {
  /// Some rows of a state.
  struct Piece: Sendable {
    /// How many rows came before these.
    let offset: Int
    /// A table's number, then a row of it.
    let rows: [Row]
    let isLast: Bool
  }

  /// The sender's side.
  struct Outgoing<Place> {
    /// The last entry that the state holds.
    let last: Place
    private let rows: [Row]
    /// How many rows the other has.
    private var received = 0

    init(_ rows: [Row], asOf last: Place) {
      self.rows = rows
      self.last = last
    }

    /// The next piece, or the one sent last again.
    func piece(of limit: Int) -> Piece {
      let piece = rows.dropFirst(received).prefix(limit)
      return Piece(offset: received, rows: Array(piece), isLast: piece.endIndex == rows.endIndex)
    }

    /// The other says how many rows it has. True if that is news: more, or none, as after a crash.
    mutating func advance(to count: Int) -> Bool {
      guard count > received || count == 0 else { return false }
      received = count
      return true
    }
  }

  /// The receiver's side.
  struct Incoming<Place: Equatable> {
    private var last: Place?
    private var rows: [Row] = []

    init() {}

    /// How many rows there are.
    var count: Int { rows.count }

    /// Takes a piece of the state as of a place. All rows if it was the last.
    mutating func take(_ piece: Piece, asOf place: Place) -> [Row]? {
      if last != place { self = Incoming(beginning: place) }
      guard rows.count == piece.offset else { return nil }
      rows += piece.rows
      guard piece.isLast else { return nil }
      let all = rows
      self = Incoming()
      return all
    }

    private init(beginning place: Place) { last = place }
  }
}
