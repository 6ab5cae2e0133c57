// What regions say to each other, besides what each shard's raft says; the table in CommitWait.swift
// tells who sends what when.

import Histories
import Simulation

extension CommitWait {
  public struct Message: Payload {
    /// The sender's hybrid clock; 0 where clocks are intervals.
    var stamp: Int64
    var content: Content

    enum Content: Sendable {
      case raft(Int, Raft.Message)
      case begin(Begin)
      case vote(Vote)
      case wound(Request.ID, coordinator: Int, participant: Int)
      case resolve(Request.ID, Verdict, participant: Int)
      case outcome(Request.ID, Verdict)
      /// Have the shard's log go beyond a timestamp; with an entry of its own for this read if clocks
      /// are hybrid.
      case askSafe(Int, Int64, Request.ID)
      /// An operator wants a tablet to move.
      case depart(Int, from: Int, to: Int)
      case handOver(HandOver)
    }

    /// A shard's part of a transaction.
    struct Begin: Sendable {
      let id: Request.ID
      let age: Age
      let shard: Int
      let coordinator: Int
      /// The other shards.
      let participants: [Int]
      let steps: [Operation]
    }

    /// A participant's vote.
    struct Vote: Sendable {
      enum Answer: Sendable {
        case promise(Int64)
        case no(Reason)
      }
      let id: Request.ID
      let coordinator: Int
      let participant: Int
      let answer: Answer

      var isYes: Bool { if case .promise = answer { true } else { false } }
    }

    /// The shard whose leader it is for; nil: it is for a region.
    var shard: Int? {
      switch content {
      case .raft, .outcome: nil
      case .begin(let begin): begin.shard
      case .vote(let vote): vote.coordinator
      case .wound(_, let coordinator, _): coordinator
      case .resolve(_, _, let participant): participant
      case .askSafe(let shard, _, _): shard
      case .depart(_, let from, _): from
      case .handOver(let tablet): tablet.to
      }
    }

    public var label: String {
      switch content {
      case .raft(let shard, let message): "shard \(shard): \(message.label)"
      case .begin(let begin):
        "begin \(begin.id.number) at shard \(begin.shard) of \([begin.coordinator] + begin.participants)"
      case .vote(let vote):
        "\(vote.isYes ? "prepared" : "refused") \(vote.id.number) at shard \(vote.participant)"
      case .wound(let id, let coordinator, _): "wound \(id.number) of shard \(coordinator)"
      case .resolve(let id, let verdict, let participant):
        "\(verdict.label) \(id.number), to shard \(participant)"
      case .outcome(let id, let verdict): "\(verdict.label) \(id.number), to its region"
      case .askSafe(let shard, _, _): "safe time? shard \(shard)"
      case .depart(let tablet, _, let to): "depart tablet \(tablet) to shard \(to)"
      case .handOver(let tablet):
        "hand over tablet \(tablet.tablet) of shard \(tablet.from) to shard \(tablet.to)"
      }
    }

    public var bytes: Int {
      switch content {
      case .raft(_, let message): message.bytes + 16
      case .begin(let begin): begin.steps.reduce(96) { $0 + $1.rows.count * 24 }
      case .handOver(let tablet): tablet.rows.reduce(64) { $0 + 8 * $1.count }
      case .vote, .wound, .resolve, .outcome, .askSafe, .depart: 64
      }
    }
  }
}

extension CommitWait.Verdict {
  var label: String {
    switch self {
    case .committed: "commit"
    case .aborted: "abort"
    }
  }
}
