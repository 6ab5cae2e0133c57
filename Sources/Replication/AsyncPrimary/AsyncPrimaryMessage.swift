// What the regions of an async-primary cluster say to each other; the table in AsyncPrimary.swift
// says when.

import Histories
import Simulation

extension AsyncPrimary {
  /// A place in the log. Equal places mean equal logs up to there: an epoch belongs to one region,
  /// which gives each position once (Ongaro, "Consensus: Bridging Theory and Practice", section
  /// 3.5, Log Matching).
  public struct Place: Sendable, Hashable, Comparable {
    public var epoch: Int64
    public var position: Int64

    /// Before the first entry.
    public static let start = Place(epoch: 0, position: 0)

    /// Up-to-dateness in elections: the later last epoch, then the longer log.
    public static func < (left: Place, right: Place) -> Bool {
      left.epoch != right.epoch ? left.epoch < right.epoch : left.position < right.position
    }
  }

  /// What one request changed, all or nothing.
  public struct Entry: Sendable, Hashable {
    public var place: Place
    /// Whose request it was; a request number of 0 is nobody's.
    public var client: Int64
    public var request: Int64
    /// Where it stood before it was undone and re-applied; `start` if it was not.
    public var origin: Place
    public var changes: [Change]
  }

  /// The two rounds of an election. A poll binds nobody; a vote is durable.
  public enum Ballot: Int64, Sendable { case poll, vote }

  /// What travels: a message about the log of one home.
  public struct Envelope: Payload {
    public let home: Int
    public let message: Message

    public var label: String { home == 0 ? message.label : "\(message.label) [\(home)]" }
    public var bytes: Int { message.bytes }
  }

  /// What it says.
  public enum Message: Payload {
    case append(Append)
    case appended(Appended)
    /// No hint: only the whole state can help.
    case mismatch(epoch: Int64, rejected: Int64, hint: Int64?, stamp: Instant)
    case state(State)
    case stateTaken(epoch: Int64, position: Int64, rows: Int, isWhole: Bool, stamp: Instant)
    case stale(promised: Int64)
    case ask(Ask)
    case granted(epoch: Int64, ballot: Ballot, resigned: Int64)
    case refused(epoch: Int64, ballot: Ballot, promised: Int64)
    case forward(Request)
    /// With the place of what was written, if anything was.
    case answer(Request.ID, Outcome, wrote: Place?)
    case askPosition(Request.ID)
    case position(Request.ID, Place)
    case reapply(epoch: Int64, [Orphan])
    case reapplied(epoch: Int64, [Place], taken: Bool)

    /// Entries, or none: then it is a heartbeat.
    public struct Append: Sendable {
      public var epoch: Int64
      /// Where the entries begin.
      public var previous: Place
      public var entries: [Entry]
      /// Where the sender's log ended when it sent this, and up to where it was acknowledged.
      public var last: Int64
      public var acknowledged: Int64
      /// The sender's monotonic clock; echoed, it dates the lease.
      public var stamp: Instant
      /// The newest reading of the receiver's own clock that the sender had; only from a primary
      /// that knows that it is the primary.
      public var echo: Instant?
    }

    /// A follower's answer.
    public struct Appended: Sendable {
      public var epoch: Int64
      public var position: Int64
      /// Up to where its reads show the log.
      public var shown: Int64
      public var stamp: Instant
      /// Its own monotonic clock.
      public var clock: Instant
    }

    /// A piece of the state at a place.
    public struct State: Sendable {
      public var epoch: Int64
      public var last: Place
      public var reigns: [Place]
      var piece: StateTransfer.Piece
      public var stamp: Instant
    }

    /// A candidate's question.
    public struct Ask: Sendable {
      public var epoch: Int64
      public var ballot: Ballot
      /// Where the candidate's log ends.
      public var last: Place
      /// The epoch that an operator's order to stand is to end; 0 without one.
      public var ordered: Int64
      /// The primaries of epochs up to this one have told the candidate that they have resigned.
      public var released: Int64
    }

    public var label: String {
      switch self {
      case .append(let append): append.entries.isEmpty ? "heartbeat" : "append"
      case .appended: "appended"
      case .mismatch: "mismatch"
      case .state(let state): "state at \(state.last.position)"
      case .stateTaken(_, _, _, let isWhole, _): isWhole ? "state taken" : "piece taken"
      case .stale: "stale"
      case .ask(let ask): ask.ballot == .poll ? "poll" : "ask for vote"
      case .granted(_, let ballot, _): ballot == .poll ? "would vote" : "vote"
      case .refused(_, let ballot, _): ballot == .poll ? "would not vote" : "no vote"
      case .forward: "forward"
      case .answer: "answer"
      case .askPosition: "ask position"
      case .position(_, let place): "position \(place.position)"
      case .reapply(_, let orphans): "reapply \(orphans.count)"
      case .reapplied(_, let places, let taken):
        "\(taken ? "reapplied" : "not reapplied") \(places.count)"
      }
    }

    public var bytes: Int {
      switch self {
      case .append(let append):
        append.entries.reduce(64) { $0 + 32 + 24 * $1.changes.count }
      case .appended, .mismatch, .ask, .stateTaken: 64
      case .state(let state): 96 + 16 * state.reigns.count + 40 * state.piece.rows.count
      case .stale, .granted, .refused, .askPosition, .position: 48
      case .forward(let request):
        if case .transaction(let steps) = request.operation { 64 + 16 * steps.count } else { 80 }
      case .answer(_, let outcome, _):
        if case .ok(.values(let values), _) = outcome { 64 + 8 * values.count } else { 72 }
      case .reapply(_, let orphans): orphans.reduce(64) { $0 + 32 + 40 * $1.changes.count }
      case .reapplied(_, let places, _): 48 + 16 * places.count
      }
    }
  }
}
