// Files that are no scenarios: too long, not text, nested without end, or made to expand without
// end. Each must be refused quickly, with a message, and without using up memory or the stack.

import Foundation
import Simulation
import Testing

@testable import Scenarios

@Suite struct HostileFileTests {
  @Test func notText() {
    #expect(complaints([0, 1, 2]) == ["1:1: not a text file: control characters are not allowed"])
    #expect(
      complaints(Array("a: b\nc: x".utf8) + [0, 0x0a])
        == ["2:5: not a text file: control characters are not allowed"])
    #expect(
      complaints(Array("name: é".utf8) + [0xff, 0xfe])
        == ["1:8: not a text file: invalid leading UTF-8 octet"])
    #expect(
      complaints([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])
        == ["1:1: not a text file: control characters are not allowed"])
  }

  @Test func aByteOrderMarkIsNoMatter() {
    let text = Array("regions: [a]\nstrategy: {kind: dummy}\nsede: 1".utf8)
    #expect(
      complaints([0xef, 0xbb, 0xbf] + text)
        == ["3:1: 'sede' is not a known key here; did you mean 'seed'?"])
    #expect(complaints(with("name: x\r\nseed: 3\r\n")) == [])
  }

  @Test func tooLong() throws {
    #expect(
      complaints(Array(repeating: 0x61, count: 1_000_001))
        == ["1:1: a scenario has at most 1 MB"])
  }

  @Test func fiftyMegabytesAreNotRead() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("splitbrain-\(ProcessInfo.processInfo.processIdentifier).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(repeating: 0x61, count: 50_000_000).write(to: URL(fileURLWithPath: path))
    let took = ContinuousClock().measure {
      #expect(throws: ScenarioError.self) {
        _ = try Scenario.load(path: path, catalog: DummyStrategy.catalog)
      }
    }
    #expect(took < .seconds(1))
  }

  @Test func noFile() {
    func message(_ path: String) -> String {
      do {
        _ = try Scenario.load(path: path, catalog: DummyStrategy.catalog)
        return ""
      } catch { return error.description }
    }
    #expect(
      message("/nowhere/x.yaml")
        == "/nowhere/x.yaml:1:1: there is no such file, or it may not be read")
    #expect(message("/") == "/:1:1: it cannot be read; is it a folder?")
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "a:\n"])
  func nestedWithoutEnd(_ piece: String) {
    var text = String(repeating: piece, count: 100_000)
    if piece == "a:\n" {
      text = (0..<1_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    }
    let took = ContinuousClock().measure {
      let found = complaints(text)
      #expect(
        found.contains { $0.hasSuffix("nested deeper than 32 levels") }
          || found.contains { $0.contains("a key must be a word") }, "\(found)")
      #expect(found.count == 1, "\(found)")
    }
    #expect(took < .seconds(2))
  }

  /// Each level stands for ten of the level before.
  @Test func billionLaughs() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<12 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(complaints(text) == ["5:45: aliases stand for more than 100000 values"])
    #expect(complaints("a: &a [*a]") == ["1:8: nothing before this is called '&a'"])
    #expect(complaints("a: &a x\n*a : y").contains("2:1: a key must be a word, not an alias"))
  }

  @Test func honestAliases() throws {
    let scenario = try loadOne(
      with(
        """
        faults:
          - {at: 1s, for: 1s, partition: &cut [[us], [eu, asia]]}
          - {at: 5s, for: 1s, partition: *cut}
        """))
    #expect(scenario.faults.map(\.windows) == [[window(1, 2)], [window(5, 6)]])
  }

  @Test func manyValues() {
    let text = "x: [" + Array(repeating: "1", count: 200_000).joined(separator: ",") + "]"
    #expect(complaints(text) == ["1:199997: more than 100000 values"])
  }

  @Test func manyMistakes() {
    let found = complaints(String(repeating: "a: 1\n", count: 1_000))
    #expect(found.count == 101)
    #expect(found.last == " and 901 more")
  }
}
