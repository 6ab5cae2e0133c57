// What is wrong with a plan, and where: first as a byte of the file, since that is what values know;
// as line and column when it leaves the library.

import Histories

/// A plan can not be imported.
public struct ImportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in bytes.
  public let column: Int
  public let message: String

  init(_ error: HistoryError) {
    (line, column, message) = (error.line, error.column, error.message)
  }

  init(_ complaint: Complaint, in bytes: [UInt8]) {
    self.init(HistoryError(bytes, at: complaint.offset, complaint.message))
  }

  /// "3:14: message"; callers put the name of the file before it.
  public var description: String { "\(line):\(column): \(message)" }
}

/// What is wrong at a byte of the file.
struct Complaint: Error {
  let offset: Int
  let message: String
}
