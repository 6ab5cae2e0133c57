// What can be wrong with a history: a file that can not be read (an error, with its place), and a
// history that can be read but makes no sense (defects, all of them at once). Whoever judges a history
// asks for its defects first: a verdict on nonsense is nonsense.

/// A history file can not be read.
public struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counted from 1.
  public var line: Int
  /// Counted from 1, in bytes.
  public var column: Int
  public var message: String

  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// The error at a byte of a file.
  init(_ bytes: ByteView, at offset: Int, _ message: String) {
    let before = 0..<min(offset, bytes.count)
    line = bytes.lineEnds(before) + 1
    column = offset - (bytes[before].lastIndex(of: UInt8(ascii: "\n")) ?? -1)
    self.message = message
  }

  /// The error at a byte of a file.
  package init(_ bytes: [UInt8], at offset: Int, _ message: String) {
    self = bytes.withView { HistoryError($0, at: offset, message) }
  }

  /// "3:14: message"; callers put the name of the file before it.
  public var description: String { "\(line):\(column): \(message)" }
}

/// Something about a history that can not be.
public struct HistoryDefect: Sendable, Equatable, CustomStringConvertible {
  public var row: Int
  /// The line of its file, or 0 if it comes from no file.
  public var line: Int
  public var message: String

  /// "line 3: message", or "row 2: message" without a file.
  public var description: String {
    line > 0 ? "line \(line): \(message)" : "row \(row): \(message)"
  }
}

extension History {
  /// All that can not be: rows out of order, returns before calls, two operations of one process at
  /// once, a process that goes on after an operation of unknown outcome.
  public func defects() -> [HistoryDefect] {
    var defects: [HistoryDefect] = []
    var latest: [Int32: Int] = [:]
    for row in 0..<count {
      func found(_ message: String) {
        defects.append(
          HistoryDefect(row: row, line: row < lines.count ? Int(lines[row]) : 0, message: message))
      }
      if row > 0, calls[row] < calls[row - 1] { found("called before the operation above it") }
      if completions[row] != .info, returns[row] < calls[row] {
        found("returns at \(returns[row]), before its call at \(calls[row])")
      }
      if completions[row] == .ok, returns[row] == History.never {
        found("ok, but it never returns")
      }
      if let before = latest.updateValue(row, forKey: processes[row]) {
        if completions[before] == .info {
          found("process \(processes[row]) goes on after an operation of unknown outcome")
        } else if returns[before] > calls[row] {
          found("process \(processes[row]) has another operation open")
        }
      }
    }
    return defects
  }
}
