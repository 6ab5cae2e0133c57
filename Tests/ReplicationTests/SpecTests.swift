// Each strategy's file opens with its spec: every message that its code knows is in there, and a table of
// messages has none that the code does not know.

import Foundation
import Testing

@Suite struct SpecTests {
  /// A strategy's file, and the file with its messages.
  static let files = [
    ("AsyncPrimary/AsyncPrimary.swift", "AsyncPrimary/AsyncPrimaryMessage.swift"),
    ("CRDT/CRDT.swift", "CRDT/Exchange/Message.swift"),
    ("Quorum/Quorum.swift", "Quorum/QuorumMessage.swift"),
    ("Raft/Raft.swift", "Raft/RaftMessage.swift"), ("Chain/Chain.swift", "Chain/Chain.swift"),
    ("CommitWait/CommitWait.swift", "CommitWait/CommitWaitMessage.swift"),
  ]

  private func lines(_ path: String) throws -> [String] {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Replication")
    let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The cases of the enumeration that a message is, or that tells what it says.
  private func cases(_ path: String) throws -> [String] {
    let lines = try lines(path)
    let start = try #require(
      lines.firstIndex { $0.contains("enum Content: Sendable {") }
        ?? lines.firstIndex { $0.contains("enum ") && $0.contains(": Payload {") })
    return lines[(start + 1)...].prefix { line in
      let words = line.trimmingCharacters(in: .whitespaces)
      return words != "}" && !words.contains("struct ") && !words.contains("var label")
    }.compactMap { line in
      let words = line.trimmingCharacters(in: .whitespaces)
      guard words.hasPrefix("case ") else { return nil }
      return String(words.dropFirst(5).prefix { $0.isLetter })
    }
  }

  @Test(arguments: files) func namesEveryMessage(strategy: String, messages: String) throws {
    let header = try lines(strategy).prefix { $0.hasPrefix("//") }
    let words = Set(header.joined(separator: " ").split { !$0.isLetter }.map(String.init))
    let cases = try cases(messages)
    #expect(cases.count > 4, "\(cases)")
    for name in cases { #expect(words.contains(name), "\(strategy) says nothing of \(name)") }
    // The rows of its table, up to the first line without one.
    guard let head = header.firstIndex(where: { $0.hasPrefix("// | message ") }) else { return }
    for row in header[(head + 2)...].prefix(while: { $0.hasPrefix("// |") }) {
      let name = row.split(separator: "|")[1].trimmingCharacters(in: .whitespaces)
      #expect(name.isEmpty || cases.contains(name), "\(strategy): there is no message \(name)")
    }
  }
}
