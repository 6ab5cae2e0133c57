// What the tool tells while it runs.

import Foundation

/// Prints at once, also into a file.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

/// Outcomes as they come, in a file: what became of each mutant, its name, and how long it took.
final class Log: Sendable {
  private let lock = NSLock()
  private let file: FileHandle
  private let count: Int
  nonisolated(unsafe) private var done = 0

  init(_ url: URL, count: Int) throws {
    try Data().write(to: url)
    file = try FileHandle(forWritingTo: url)
    self.count = count
  }

  func add(_ mutant: Mutant, _ outcome: Outcome, _ seconds: Double) {
    let line = "\(outcome.rawValue)\t\(mutant.name)\t\(String(format: "%.1f", seconds)) s\n"
    lock.withLock {
      file.write(Data(line.utf8))
      done += 1
      if done % 200 == 0 { say("\(done) of \(count)") }
    }
  }
}
