// Which format a history file is in, told from its first bytes.

/// The formats that can be read.
public enum HistoryFormat: String, Sendable, CaseIterable {
  /// Our own, one operation a line.
  case jsonLines = "jsonl"
  /// Jepsen's.
  case edn
  /// Jepsen's events in JSON, as elle-cli reads them.
  case json
  case etcdLog = "etcd-log"
  case awdit, plume, dbcop

  /// The formats that can be written.
  public static let written: [HistoryFormat] = [.jsonLines, .edn, .json]

  /// Whether its histories are sessions of transactions without times, so that models of real time say
  /// nothing about them.
  public var isTimeless: Bool { self == .awdit || self == .plume || self == .dbcop }

  /// Told from the first bytes: maps of Jepsen's have a type, ours a call; an EDN map begins {: , a log line
  /// has jepsen.util, AWDIT's lines begin with r or w and a key, Plume's with r( or w(.
  public init(guessedFrom bytes: [UInt8]) {
    self = bytes.withView { HistoryFormat(guessedFrom: $0) }
  }

  init(guessedFrom bytes: ByteView) {
    let head = Array(bytes[0..<min(bytes.count, 4_096)])
    let significant = head.filter { ![0x20, 0x09, 0x0A, 0x0D, 0x2C].contains($0) }
    func begins(_ starts: String...) -> Bool {
      starts.contains { significant.starts(with: Array($0.utf8)) }
    }
    func has(_ text: String) -> Bool {
      let text = Array(text.utf8)
      return head.indices.contains { head[$0...].starts(with: text) }
    }
    if begins("{\"params\"", "{\"data\"", "{\"info\"", "[[") {
      self = .dbcop
    } else if begins("[{\"") {
      self = .json
    } else if begins("{\"") {
      self = has("\"type\"") && !has("\"call\"") ? .json : .jsonLines
    } else if has("jepsen.util") {
      self = .etcdLog
    } else if begins("r(", "w(") {
      self = .plume
    } else if HistoryFormat.beginsStep(head) {
      self = .awdit
    } else if begins("//", "---") || begins("[") && (has(":=") || has("==")) {
      self = .dbcop
    } else {
      self = .edn
    }
  }

  private static func beginsStep(_ head: [UInt8]) -> Bool {
    let text = head.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard text.count > 2, let first = text.first else { return false }
    let isStep = first == UInt8(ascii: "r") || first == UInt8(ascii: "w")
    let key = text[text.startIndex + 2]
    return isStep && text[text.startIndex + 1] == 0x20 && (0x30...0x39).contains(key)
  }

  /// Whether dbcop's JSON stands here, not its text: an object, or an array that is empty or has arrays.
  static func beginsJSON(_ bytes: ByteView) -> Bool {
    var scanner = ByteScanner(bytes)
    scanner.skipBlanks(andLines: true)
    guard scanner.accept(UInt8(ascii: "[")) else { return scanner.byte == UInt8(ascii: "{") }
    scanner.skipBlanks(andLines: true)
    return scanner.byte == UInt8(ascii: "[") || scanner.byte == UInt8(ascii: "]")
  }
}

extension History {
  /// Reads a history in the given format.
  /// - Throws: `HistoryError` at the first thing that cannot be understood.
  public init(_ bytes: [UInt8], format: HistoryFormat) throws {
    self = try bytes.withView { try History($0, format: format) }
  }

  init(_ bytes: ByteView, format: HistoryFormat) throws {
    switch format {
    case .jsonLines: try self.init(jsonLines: bytes)
    case .edn: try self.init(edn: bytes)
    case .json: try self.init(jepsenJSON: bytes)
    case .etcdLog: try self.init(etcdLog: bytes)
    case .awdit: try self.init(awdit: bytes)
    case .plume: try self.init(plume: bytes)
    case .dbcop: try self.init(dbcop: bytes)
    }
  }

  /// Writes the history in a format that can be written; JSON Lines for the others.
  public func written(_ format: HistoryFormat) -> [UInt8] {
    format == .edn || format == .json ? events(format) : jsonLines()
  }

  /// Reads a file without making a copy of it.
  /// - Parameter format: told from the content if nil.
  /// - Returns: the history and its format; nil if the file cannot be read.
  /// - Throws: `HistoryError` at the first thing that cannot be understood.
  public static func read(
    _ path: String, format: HistoryFormat? = nil
  ) throws -> (history: History, format: HistoryFormat)? {
    try FileBytes.with(path) { bytes in
      let format = format ?? HistoryFormat(guessedFrom: bytes)
      return (try History(bytes, format: format), format)
    }
  }
}
