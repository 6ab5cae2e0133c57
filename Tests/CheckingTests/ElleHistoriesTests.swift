// Elle's own test histories, with the verdicts that Elle gives. They are not part of this package; see
// PublicHistoriesTests.swift. An anomaly that we call by another name than Elle is explained in a table.

import Foundation
import Histories
import Testing

@testable import Checking

private struct ElleHistory: Decodable {
  struct Flags: Decodable {
    var linearizable: Bool?
    var sequential: Bool?
    var wfr: Bool?
    var transactionOrder: String?

    enum CodingKeys: String, CodingKey {
      case linearizable = "linearizable-keys?"
      case sequential = "sequential-keys?"
      case wfr = "wfr-keys?"
      case transactionOrder = "transaction-order"
    }

    var assumptions: VersionAssumptions {
      var all: VersionAssumptions = []
      if linearizable == true { all.insert(.linearizable) }
      if sequential == true { all.insert(.sequential) }
      if wfr == true { all.insert(.writesFollowReads) }
      return all
    }
  }

  /// True, false or "unknown".
  enum Valid: Decodable, Equatable {
    case valid, invalid, unknown

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let known = try? container.decode(Bool.self) {
        self = known ? .valid : .invalid
      } else {
        self = .unknown
      }
    }
  }

  var file: String
  var complete: Bool
  var models: [String]?
  var requested: [String]?
  var flags: Flags
  var valid: Valid
  var anomalies: [String]
  var not: [String]
  var alsoNot: [String]

  enum CodingKeys: String, CodingKey {
    case file, complete, flags, valid, anomalies, not
    case models = "consistency_models"
    case requested = "requested_anomalies"
    case alsoNot = "also_not"
  }

  func history() throws -> History {
    var bytes = try PublicHistories.bytes("elle/\(file)")
    // Completions count; whoever has only some invocations has none.
    if !complete, !file.contains("huge") {
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      let kept = lines.filter { !$0.contains(":type :invoke") }
      bytes = Array(kept.joined(separator: "\n").utf8)
    }
    return try History(edn: bytes)
  }
}

/// What Elle says that we say otherwise, and why that is as good.
private let explained: [String: String] = [
  "empty-transaction-graph": "no anomaly: a verdict of unknown if nothing was judged",
  "cycle-search-timeout": "no anomaly: our search always ends",
  "strong-snapshot-isolation-cycle-exists": "we name the cycle: G-single-item-realtime",
  "PL-SI-cycle-exists": "we name the cycle: G-nonadjacent-item",
  "G2-item-realtime": "we find the finer G-single-item-realtime",
]

/// The orders in which the database carried out the transactions, which Elle was given beside two histories.
private let orders: [String: [Int]] = [
  "rw-register-checker-test-10.edn": [1, 0],
  "rw-register-checker-test-12.edn": [0, 3, 1, 2],
]

/// What Elle lets pass and we do not.
private let stricter: [String: String] = [
  "rw-register-checker-test-24.edn":
    "Elle finds G-single if told wfr-keys; without, no order of versions explains the history either"
]

/// Models that Elle's lattice has without an anomaly that only they forbid; we decide them.
private let decided: Set<String> = [
  "prefix", "causal-cerone", "read-atomic", "parallel-snapshot-isolation",
]

@Suite("Elle's histories")
struct ElleHistoriesTests {
  @Test("verdicts, anomalies and models", .enabled(if: PublicHistories.exist("elle")))
  func verdicts() throws {
    var judged = 0
    for known in try PublicHistories.elle() {
      var history = try known.history()
      if known.flags.transactionOrder != nil {
        history = history.toldOrder(try #require(orders[known.file]))
      }
      let analysis = IsolationAnalysis(
        history, Facts(versionAssumptions: known.flags.assumptions))
      let models = (known.models ?? []).compactMap(IsolationModel.named)
      #expect(models.count == (known.models ?? []).count, "\(known.file)")
      let verdicts = models.map { analysis.verdict($0) }
      var validity = verdicts.map(\.validity).max() ?? .unknown
      if let requested = known.requested {
        let wanted = AnomalyNames.implying(requested)
        let isFound = analysis.names.contains { wanted.contains($0) }
        validity = isFound ? .violated : analysis.dependencies == 0 ? .unknown : .holds
      }
      let expected: Validity =
        switch known.valid {
        case .valid: .holds
        case .invalid: .violated
        case .unknown: .unknown
        }
      if stricter[known.file] != nil {
        #expect(validity == .violated && expected == .holds)
      } else {
        #expect(validity == expected, "\(known.file): \(analysis.names)")
      }
      for name in known.anomalies where !analysis.names.contains(name) {
        let finer = AnomalyNames.implying([name]).contains { analysis.names.contains($0) }
        #expect(finer || explained[name] != nil, "\(known.file): \(name), not \(analysis.names)")
      }
      // Elle looks only for what the models asked for forbid; we always tell all.
      for name in known.not + known.alsoNot {
        let model = try #require(IsolationModel.named(name))
        #expect(analysis.boundary.excludes(model), "\(known.file): \(name) should be ruled out")
      }
      if known.valid == .invalid, known.models?.contains("strict-serializable") == true {
        let mine = Set(analysis.boundary.not + analysis.boundary.alsoNot)
        let theirs = Set(known.not + known.alsoNot)
        #expect(
          mine.subtracting(decided) == theirs.subtracting(decided),
          "\(known.file): \(analysis.names)")
        if mine == theirs {
          #expect(analysis.boundary.not == known.not, "\(known.file): \(analysis.names)")
        }
      }
      judged += 1
    }
    #expect(judged == 83)
  }
}

extension PublicHistories {
  fileprivate static func elle() throws -> [ElleHistory] {
    let url = folder.appendingPathComponent("elle/index.json")
    return try JSONDecoder().decode([ElleHistory].self, from: Data(contentsOf: url))
  }
}
