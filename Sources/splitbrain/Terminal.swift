// What all subcommands share: exit statuses, errors on stderr, progress for people, Ctrl-C.

import ArgumentParser
import Foundation
import Splitbrain
import Synchronization

enum Status {
  static let failed = ExitCode(1)
  static let unknown = ExitCode(2)
  static let badInput = ExitCode(65)
  static let ourBug = ExitCode(70)
  static let interrupted = ExitCode(130)

  /// The status for a verdict.
  static func of(_ verdict: Validity) -> ExitCode {
    switch verdict {
    case .holds: .success
    case .violated: failed
    case .unknown: unknown
    }
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension HistoryFormat: ExpressibleByArgument {}

/// How many worlds run at a time.
struct CoreOptions: ParsableArguments {
  @Option(help: "Worlds at a time; all cores if not given.") var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
  }

  var threads: Int { jobs ?? ProcessInfo.processInfo.activeProcessorCount }
}

enum Terminal {
  static let wantsColours =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

  static func error(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  static func out(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  /// One line that overwrites itself, only where somebody can see it.
  static func progress(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
  }

  /// Set by Ctrl-C once `catchInterrupt` was called.
  static let interrupts = Atomic(0)

  static func catchInterrupt() {
    signal(SIGINT) { _ in
      // The second one means it.
      if Terminal.interrupts.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
    }
  }

  static var isInterrupted: Bool { interrupts.load(ordering: .relaxed) > 0 }

  /// The bytes of a file that the user named; exits with 65 if there are none to be had.
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
    } catch {
      throw unreadable(path)
    }
  }

  /// Says that a file cannot be read, and gives the status to exit with.
  static func unreadable(_ path: String) -> ExitCode {
    let isThere = FileManager.default.fileExists(atPath: path)
    error("\(path):1:1: \(isThere ? "it cannot be read" : "there is no such file")")
    return Status.badInput
  }
}
