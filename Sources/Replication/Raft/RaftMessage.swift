// What raft's regions say to each other, and what they say it about: places in the log, entries,
// configurations. Names are those of Ongaro, "Consensus: Bridging Theory and Practice", figures 3.1,
// 4.1 and 5.3; the table in Raft.swift says who sends what when.

import Histories
import Simulation

extension Raft {
  /// A place in the log. Two logs with the same entry at one place are equal up to it (section 3.5,
  /// the Log Matching Property); of two logs the one that ends at the greater place is more up to
  /// date (section 3.6.1).
  public struct Place: Sendable, Hashable, Comparable {
    public var term: Int64
    public var index: Int64

    public static func < (left: Place, right: Place) -> Bool {
      left.term != right.term ? left.term < right.term : left.index < right.index
    }
  }

  /// One entry of the log.
  public struct Entry: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
      /// Opens a term.
      case nothing
      /// Takes effect as soon as it is in a region's log (section 4.1).
      case configuration(Members)
      /// Carried out once it is committed, the same everywhere.
      case request(Request)
      /// What a transaction that ran ahead would change: certified once it is committed.
      case writeSet(WriteSet)
      /// What the log's own machine is told.
      case record(Record)
    }
    public var place: Place
    public var content: Content
  }

  /// A set of regions: those that vote.
  public struct Members: Sendable, Hashable {
    /// A bit each.
    public var mask: UInt64

    public init(mask: UInt64) { self.mask = mask }
    public init(_ regions: [Region.ID]) {
      mask = regions.reduce(0) { $0 | 1 << UInt64($1.raw) }
    }

    public var count: Int { mask.nonzeroBitCount }
    public func contains(_ region: Region.ID) -> Bool { mask & 1 << UInt64(region.raw) != 0 }
    public mutating func insert(_ region: Region.ID) { mask |= 1 << UInt64(region.raw) }
    public mutating func remove(_ region: Region.ID) { mask &= ~(1 << UInt64(region.raw)) }

    /// Whether more than half of these are among `others`.
    public func haveMajority(in others: Members) -> Bool {
      (mask & others.mask).nonzeroBitCount * 2 > count
    }
  }

  /// A change of the configuration by one region: majorities before and after it always share a
  /// member (section 4.1).
  public struct MemberChange: Sendable, Hashable {
    public var region: Region.ID
    /// Joins; otherwise leaves.
    public var joins: Bool

    func applied(to members: Members) -> Members {
      var members = members
      if joins { members.insert(region) } else { members.remove(region) }
      return members
    }
  }

  public enum Message: Payload {
    case append(Append)
    /// The sender's log equals the leader's up to `index`.
    case appended(term: Int64, index: Int64, commit: Int64, echo: Echo)
    /// The sender has no entry like the one at `rejected`; nor, it may be, any behind `hint`.
    case mismatch(term: Int64, rejected: Int64, hint: Int64, echo: Echo)
    /// The term of what the receiver sent is over.
    case stale(term: Int64)
    case requestVote(Ask)
    case vote(term: Int64, isPreVote: Bool, granted: Bool)
    case timeoutNow(term: Int64)
    case installSnapshot(Install)
    /// The sender has so many rows of the snapshot at `index`; `isWhole`: it has what that holds.
    case installed(term: Int64, index: Int64, rows: Int, isWhole: Bool, echo: Echo)
    case propose(Request)
    case certify(WriteSet)
    case askReadIndex(Request.ID)
    case readIndex(Request.ID, index: Int64)
    /// Nothing was done with the request.
    case notLeader(Request.ID)
    case askLeadership
    case change(MemberChange)

    /// AppendEntries; without entries it is a heartbeat.
    public struct Append: Sendable {
      public var term: Int64
      /// What the entries follow on.
      public var previous: Place
      public var entries: [Entry]
      /// The leader's commit index.
      public var commit: Int64
      /// The leader's monotonic clock; echoed, it tells which sends were answered.
      public var stamp: Instant
      /// For a region that rebuilds: what it has to see committed.
      public var proof: Proof?
    }

    /// RequestVote.
    public struct Ask: Sendable {
      public var term: Int64
      /// Where the candidate's log ends.
      public var last: Place
      public var isPreVote: Bool
      /// The leader itself asked for this election (section 3.10).
      public var isTransfer: Bool
    }

    /// InstallSnapshot: some rows of the state after the entry at `last`.
    public struct Install: Sendable {
      public var term: Int64
      public var last: Place
      public var members: Members
      var piece: StateTransfer.Piece
      public var stamp: Instant
    }

    public var label: String {
      switch self {
      case .append(let append):
        append.entries.isEmpty
          ? "heartbeat term \(append.term) commit \(append.commit)"
          : "append term \(append.term) entries \(append.previous.index + 1)..."
            + "\(append.previous.index + Int64(append.entries.count)) commit \(append.commit)"
      case .appended(let term, let index, _, _): "appended term \(term) up to \(index)"
      case .mismatch(let term, let rejected, let hint, _):
        "mismatch term \(term) at \(rejected), try \(hint)"
      case .stale(let term): "stale, term is \(term)"
      case .requestVote(let ask):
        "\(ask.isPreVote ? "pre-vote?" : "vote?") term \(ask.term)\(ask.isTransfer ? " transfer" : "")"
      case .vote(let term, let isPreVote, let granted):
        "\(granted ? "" : "no ")\(isPreVote ? "pre-vote" : "vote") term \(term)"
      case .timeoutNow(let term): "timeout now term \(term)"
      case .installSnapshot(let install):
        "snapshot term \(install.term) at \(install.last.index) row \(install.piece.offset)"
      case .installed(let term, let index, let rows, _, _):
        "installed term \(term) at \(index) rows \(rows)"
      case .propose: "propose"
      case .certify(let writeSet): "certify, ran after \(writeSet.snapshot)"
      case .askReadIndex: "read index?"
      case .readIndex(_, let index): "read index \(index)"
      case .notLeader: "not leader"
      case .askLeadership: "leadership?"
      case .change(let change): change.joins ? "add member" : "remove member"
      }
    }

    public var bytes: Int {
      switch self {
      case .append(let append): append.entries.reduce(64) { $0 + $1.bytes }
      case .installSnapshot(let install): install.piece.rows.reduce(64) { $0 + 8 * $1.count }
      case .propose(let request): 32 + request.operation.rows.count * 24
      case .certify(let writeSet): 32 + writeSet.rows.count * 24
      case .stale, .timeoutNow, .notLeader, .askLeadership, .change: 40
      case .appended, .mismatch, .requestVote, .vote, .installed, .askReadIndex, .readIndex: 64
      }
    }
  }
}

extension Raft.Entry {
  /// Its size on the wire.
  var bytes: Int {
    switch content {
    case .request(let request): 32 + request.operation.rows.count * 24
    case .writeSet(let writeSet): 32 + writeSet.rows.count * 24
    case .record(let record): 32 + record.rows.count * 24
    case .nothing, .configuration: 32
    }
  }
}
