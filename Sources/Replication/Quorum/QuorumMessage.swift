// What coordinators and regions say to each other; Quorum.swift has the table with the law.

import Histories
import Simulation

/// A message between regions.
public struct QuorumMessage: Payload {
  let content: Content

  init(_ content: Content) { self.content = content }

  /// `standingIn`: the home in whose stead a region is asked.
  enum Content: Sendable {
    case query(id: Int64, Question, standingIn: Region.ID?)
    case found(id: Int64, CellList)
    case store(id: Int64, CellList, standingIn: Region.ID?)
    case stored(id: Int64)
    // Consensus.
    case prepare(id: Int64, Key, ballot: Version)
    case promise(id: Int64, Promise)
    case accept(id: Int64, Cell)
    case accepted(id: Int64, Acceptance)
    // Anti-entropy.
    case hashes(MerkleComparison)
    case alike(range: Int, root: UInt64)
    case leaves(range: Int, [Int], CellList, isReply: Bool)
  }

  /// What a coordinator asks for: one cell, or with `element` nil all cells of a set.
  struct Question: Sendable, Hashable {
    let type: CellType
    let key: Key
    let element: Value?
  }

  public var label: String {
    switch content {
    case .query(_, let question, let home):
      "query key \(question.key)" + Self.text(home)
    case .found(_, let cells): "found \(cells)"
    case .store(_, let cells, let home): "store \(cells)" + Self.text(home)
    case .stored: "stored"
    case .prepare(_, let key, let ballot): "prepare key \(key) ballot \(ballot.major)"
    case .promise(_, let promise):
      (promise.isGranted ? "promise" : "refuse to promise") + " ballot \(promise.ballot.major)"
        + (promise.newest.map { ", has \($0.value)@\($0.version.major)" } ?? "")
    case .accept(_, let cell): "accept \(CellList([cell]))"
    case .accepted(_, let answer):
      (answer.isGranted ? "accepted" : "refuse to accept") + " ballot \(answer.ballot.major)"
    case .hashes(let comparison):
      "\(comparison.places.count) hashes of level \(comparison.level) of range \(comparison.range)"
    case .alike(let range, _): "range \(range) is alike"
    case .leaves(_, let leaves, let cells, _): "leaves \(leaves): \(cells)"
    }
  }

  public var bytes: Int {
    switch content {
    case .query, .prepare: 64
    case .stored, .alike, .accepted: 48
    case .found(_, let cells), .store(_, let cells, _): 48 + cells.bytes
    case .accept: 96
    case .promise(_, let promise): promise.newest == nil ? 64 : 104
    case .hashes(let comparison): 32 + 12 * comparison.places.count
    case .leaves(_, let leaves, let cells, _): 48 + 4 * leaves.count + cells.bytes
    }
  }

  private static func text(_ home: Region.ID?) -> String {
    home.map { " in stead of region \($0.raw)" } ?? ""
  }
}
