// Which format a history file is in, told from its first bytes.

/// The formats that can be read.
public enum HistoryFormat: String, Sendable, CaseIterable {
  case jsonLines = "jsonl"
  case edn
  case etcdLog = "etcd-log"

  /// Told from the content: a JSON object begins {", an EDN map {: , a log line has jepsen.util.
  public init(guessedFrom bytes: [UInt8]) {
    let head = bytes.prefix(4_096)
    let marker = Array("jepsen.util".utf8)
    let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0x2C]
    let significant = head.lazy.filter { !space.contains($0) }.prefix(2)
    if Array(significant) == Array("{\"".utf8) {
      self = .jsonLines
    } else if head.indices.contains(where: { head[$0...].starts(with: marker) }) {
      self = .etcdLog
    } else {
      self = .edn
    }
  }
}

extension History {
  /// Reads a history in the given format.
  /// - Throws: `HistoryError` at the first thing that cannot be understood.
  public init(_ bytes: [UInt8], format: HistoryFormat) throws {
    switch format {
    case .jsonLines: try self.init(jsonLines: bytes)
    case .edn: try self.init(edn: bytes)
    case .etcdLog: try self.init(etcdLog: bytes)
    }
  }
}
