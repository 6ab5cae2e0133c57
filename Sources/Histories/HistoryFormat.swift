// Which format a history file is in, told from its first bytes.

/// The formats that can be read.
public enum HistoryFormat: String, Sendable, CaseIterable {
  case jsonLines = "jsonl"
  case edn
  case etcdLog = "etcd-log"
  case awdit

  /// Told from the content: a JSON object begins {", an EDN map {: , a log line has jepsen.util, AWDIT's
  /// lines begin with r or w and a key.
  public init(guessedFrom bytes: [UInt8]) {
    let head = bytes.prefix(4_096)
    let marker = Array("jepsen.util".utf8)
    let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0x2C]
    let significant = head.lazy.filter { !space.contains($0) }.prefix(2)
    if Array(significant) == Array("{\"".utf8) {
      self = .jsonLines
    } else if head.indices.contains(where: { head[$0...].starts(with: marker) }) {
      self = .etcdLog
    } else if HistoryFormat.beginsStep(head) {
      self = .awdit
    } else {
      self = .edn
    }
  }

  private static func beginsStep(_ head: ArraySlice<UInt8>) -> Bool {
    let text = head.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard text.count > 2, let first = text.first else { return false }
    let isStep = first == UInt8(ascii: "r") || first == UInt8(ascii: "w")
    let key = text[text.startIndex + 2]
    return isStep && text[text.startIndex + 1] == 0x20 && (0x30...0x39).contains(key)
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
    case .awdit: try self.init(awdit: bytes)
    }
  }
}
