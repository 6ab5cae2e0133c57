// Our rules as tests: what a run must not depend on is not in the sources a run goes through; arrows
// between the modules point down; nothing that can be plugged in is left out of its catalog.

import Foundation
import Testing

@Suite struct TidyTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every Swift file under a folder, with its text without comments.
  static func sources(_ folder: String) -> [(path: String, code: String)] {
    let base = root.appendingPathComponent(folder)
    let files = (FileManager.default.subpaths(atPath: base.path) ?? []).sorted()
    return files.filter { $0.hasSuffix(".swift") }.map { path in
      let url = base.appendingPathComponent(path)
      let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
      let code = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.range(of: "//").map { String(line[..<$0.lowerBound]) } ?? String(line)
      }
      return ("\(folder)/\(path)", code.joined(separator: "\n"))
    }
  }

  @Test(arguments: [
    "Sources/Histories", "Sources/Simulation", "Sources/Storage", "Sources/Replication",
    "Sources/Checking", "Sources/Importing", "Sources/Scenarios/Workloads", "Sources/Traffic",
  ])
  func noHiddenInputs(folder: String) {
    let forbidden = [
      "Date(", "UUID(", "SystemRandomNumberGenerator", ".randomElement(", ".shuffled()",
      "Int.random", "Bool.random", "Task {", "Task.detached", "DispatchQueue", "ProcessInfo",
      "hashValue", "ContinuousClock", "getenv",
    ]
    let files = Self.sources(folder)
    #expect(!files.isEmpty)
    for (path, code) in files {
      for word in forbidden { #expect(!code.contains(word), "\(path) uses \(word)") }
    }
  }

  @Test func noFloatingPointInTheEngine() {
    let folders = ["Simulation", "Replication", "Traffic"]
    for (path, code) in folders.flatMap({ Self.sources("Sources/\($0)") }) {
      let allowed = path.hasSuffix("Time.swift")  // `seconds`, for reports.
      #expect(allowed || !code.contains("Double"), "\(path) computes with floating point")
    }
  }

  @Test(arguments: [
    ("Sources/Histories", ["Glibc", "Musl", "Darwin"]),
    ("Sources/Checking", ["Histories"]),
    ("Sources/Importing", ["Histories"]),
    ("Sources/Simulation", ["Histories"]),
    ("Sources/Replication", ["Histories", "Simulation"]),
    ("Sources/Traffic", ["Simulation"]),
    (
      "Sources/Storage",
      ["CSQLite", "Histories", "Simulation", "Synchronization", "Glibc", "Darwin", "Musl"]
    ),
  ])
  func arrowsPointDown(folder: String, allowed: [String]) {
    for (path, code) in Self.sources(folder) {
      for line in code.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place <= 1, place + 1 < words.count else {
          continue
        }
        let module = String(words[place + 1])
        #expect(allowed.contains(module), "\(path) imports \(module)")
      }
    }
  }

  @Test(arguments: [
    ("Sources/Replication", ": Strategy {", "Sources/Scenarios/Catalog.swift"),
    (
      "Sources/Scenarios/Workloads", ": Workload, IntentSource {", "Sources/Scenarios/Catalog.swift"
    ),
    ("Sources/Simulation/Faults", ": Fault {", "Sources/Simulation/Faults/Fault.swift"),
    ("Sources/Checking", ": Checker {", "Sources/Checking/Checker.swift"),
    ("Sources/Importing", ": DatabaseReader {", "Sources/Importing/Architecture.swift"),
    ("Sources/Importing", ": RoutingReader {", "Sources/Importing/Architecture.swift"),
  ])
  func everythingIsInItsCatalog(folder: String, marker: String, catalog: String) throws {
    let list = try String(
      contentsOf: Self.root.appendingPathComponent(catalog), encoding: .utf8)
    var found = 0
    for (path, code) in Self.sources(folder) {
      for line in code.split(separator: "\n") where line.contains(marker) {
        guard let kind = line.range(of: "struct ") ?? line.range(of: "enum ") else { continue }
        let rest = line[kind.upperBound...]
        let name = rest.prefix { $0.isLetter || $0.isNumber }
        found += 1
        #expect(list.contains("\(name).self"), "\(path): \(name) is not in \(catalog)")
      }
    }
    #expect(found > 0)
  }

  @Test func filesOpenWithWhatTheyAreFor() throws {
    let base = Self.root.appendingPathComponent("Sources")
    for path in (FileManager.default.subpaths(atPath: base.path) ?? []).sorted()
    where path.hasSuffix(".swift") {
      let text = try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8)
      #expect(text.hasPrefix("//"), "Sources/\(path) does not say what it is for")
    }
  }
}
