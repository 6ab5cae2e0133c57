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
    public var changes: [Change]
  }

  /// The two rounds of an election. A poll binds nobody; a vote is durable.
  public enum Ballot: Int64, Sendable { case poll, vote }

  /// What travels.
  public enum Message: Payload {
    case append(Append)
    case appended(epoch: Int64, position: Int64, stamp: Instant)
    case mismatch(epoch: Int64, rejected: Int64, hint: Int64, stamp: Instant)
    case stale(promised: Int64)
    case ask(Ask)
    case granted(epoch: Int64, ballot: Ballot, resigned: Int64)
    case refused(epoch: Int64, ballot: Ballot, promised: Int64)
    case forward(Request)
    case answer(Request.ID, Outcome)

    /// Entries, or none: then it is a heartbeat.
    public struct Append: Sendable {
      public var epoch: Int64
      /// Where the entries begin.
      public var previous: Place
      public var entries: [Entry]
      /// Where the sender's log ended when it sent this.
      public var last: Int64
      /// The sender's monotonic clock; echoed, it dates the lease.
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
      case .stale: "stale"
      case .ask(let ask): ask.ballot == .poll ? "poll" : "ask for vote"
      case .granted(_, let ballot, _): ballot == .poll ? "would vote" : "vote"
      case .refused(_, let ballot, _): ballot == .poll ? "would not vote" : "no vote"
      case .forward: "forward"
      case .answer: "answer"
      }
    }

    public var bytes: Int {
      switch self {
      case .append(let append):
        append.entries.reduce(64) { $0 + 32 + 24 * $1.changes.count }
      case .appended, .mismatch, .ask: 64
      case .stale, .granted, .refused: 48
      case .forward(let request):
        if case .transaction(let steps) = request.operation { 64 + 16 * steps.count } else { 80 }
      case .answer(_, let outcome):
        if case .ok(.values(let values), _) = outcome { 64 + 8 * values.count } else { 72 }
      }
    }
  }
}
