// YAML text to a tree of settings in which everything knows its place.
//
// It reads libyaml's events, not Yams's node tree: that tree is built by recursion (deep nesting
// overflows the stack), hashes whole nodes as keys (an alias as a key can take forever), and tells
// only the first of two equal keys. Here nesting, size and what aliases expand to are bounded, and
// nothing recurses.

internal import CYaml
import Simulation

/// Reads YAML as far as scenarios need it: maps, lists, text; anchors and aliases within bounds.
public enum SettingParser {
  /// A longer file is refused unread.
  public static let mostBytes = 1_000_000
  /// Deeper nesting is refused.
  public static let deepest = 32
  /// More values than this, with those that aliases stand for, are refused.
  public static let mostValues = 100_000

  fileprivate static let tooDeep = "nested deeper than \(deepest) levels"

  /// The file's tree; nil, and a problem reported, if there is none.
  public static func parse(_ bytes: some Collection<UInt8>, _ problems: Problems) -> Setting? {
    let start = Mark(line: 1, column: 1)
    guard bytes.count <= mostBytes else {
      problems.report(start, "a scenario has at most \(mostBytes / 1_000_000) MB")
      return nil
    }
    var text = Array(bytes)
    if text.starts(with: [0xef, 0xbb, 0xbf]) { text.removeFirst(3) }
    var composer = Composer(problems: problems)
    let isWhole = Events.forEach(in: text, problems) { composer.take($0) }
    guard isWhole, !composer.hasFailed else { return nil }
    if composer.root == nil { problems.report(start, "the file is empty") }
    return composer.root
  }
}

/// One step of a YAML stream, its strings copied out of C.
private enum YAMLEvent {
  case scalar(String, quoted: Bool, anchor: String?, tag: String?)
  case alias(String)
  case beginList(anchor: String?, tag: String?)
  case beginMap(anchor: String?, tag: String?)
  case end
  case document
}

/// Builds the tree from events with a stack of its own.
private struct Composer {
  let problems: Problems
  private(set) var root: Setting?
  private(set) var hasFailed = false
  private var open: [Frame] = []
  private var anchors: [String: (setting: Setting, values: Int)] = [:]
  private var values = 0
  private var documents = 0

  init(problems: Problems) { self.problems = problems }

  private struct Frame {
    let mark: Mark
    let isMap: Bool
    let anchor: String?
    /// How many values there were before it.
    let before: Int
    var elements: [Setting] = []
    var entries: [Setting.Entry] = []
    /// Where each key stands; looked up only.
    var keys: [String: Mark] = [:]
    /// The key whose value comes next; unusable ones have no name.
    var key: (name: String?, mark: Mark)?
  }

  /// Takes the next event; false to stop.
  mutating func take(_ event: (YAMLEvent, Mark)) -> Bool {
    let (event, mark) = event
    values += 1
    if values > SettingParser.mostValues {
      return fail(mark, "more than \(SettingParser.mostValues) values")
    }
    switch event {
    case .document:
      documents += 1
      if documents > 1 { return fail(mark, "a second document begins here; one is allowed") }
    case .scalar(let text, let quoted, let anchor, let tag):
      refuse(tag, mark)
      if expectsKey {
        takeKey(text, mark)
      } else {
        add(Setting(.scalar(text, quoted: quoted), mark: mark), anchor: anchor, values: 1)
      }
    case .alias(let name):
      guard let (setting, size) = anchors[name] else {
        return fail(mark, "nothing before this is called '&\(name)'")
      }
      if expectsKey {
        refuseKey(mark, "an alias")
      } else {
        values += size
        if values > SettingParser.mostValues {
          return fail(mark, "aliases stand for more than \(SettingParser.mostValues) values")
        }
        add(setting, anchor: nil, values: size)
      }
    case .beginList(let anchor, let tag), .beginMap(let anchor, let tag):
      refuse(tag, mark)
      let isMap = if case .beginMap = event { true } else { false }
      if expectsKey { return fail(mark, "a key must be a word, not \(isMap ? "a map" : "a list")") }
      guard open.count < SettingParser.deepest else {
        return fail(mark, SettingParser.tooDeep)
      }
      open.append(Frame(mark: mark, isMap: isMap, anchor: anchor, before: values))
    case .end:
      guard let frame = open.popLast() else { return true }
      let content: Setting.Content = frame.isMap ? .map(frame.entries) : .list(frame.elements)
      add(
        Setting(content, mark: frame.mark), anchor: frame.anchor, values: values - frame.before)
    }
    return true
  }

  private var expectsKey: Bool { open.last.map { $0.isMap && $0.key == nil } ?? false }

  private mutating func fail(_ mark: Mark, _ message: String) -> Bool {
    problems.report(mark, message)
    hasFailed = true
    return false
  }

  private func refuse(_ tag: String?, _ mark: Mark) {
    if let tag { problems.report(mark, "type tags such as '\(tag)' mean nothing here") }
  }

  private mutating func refuseKey(_ mark: Mark, _ what: String) {
    problems.report(mark, "a key must be a word, not \(what)")
    open[open.count - 1].key = (nil, mark)
  }

  private mutating func takeKey(_ name: String, _ mark: Mark) {
    let last = open.count - 1
    if name == "<<" {
      problems.report(mark, "merging with '<<' is not supported")
      open[last].key = (nil, mark)
    } else if let first = open[last].keys[name] {
      problems.report(mark, "'\(name)' is already set at \(first.line):\(first.column)")
      open[last].key = (nil, mark)
    } else {
      open[last].keys[name] = mark
      open[last].key = (name, mark)
    }
  }

  private mutating func add(_ setting: Setting, anchor: String?, values: Int) {
    if let anchor { anchors[anchor] = (setting, values) }
    guard let last = open.indices.last else {
      root = setting
      return
    }
    guard open[last].isMap else {
      open[last].elements.append(setting)
      return
    }
    if let key = open[last].key, let name = key.name {
      open[last].entries.append(Setting.Entry(name: name, mark: key.mark, value: setting))
    }
    open[last].key = nil
  }
}

/// libyaml's events.
private enum Events {
  /// Calls `body` with each event until it says false; true if the text is well-formed so far.
  static func forEach(
    in text: [UInt8], _ problems: Problems, _ body: ((YAMLEvent, Mark)) -> Bool
  ) -> Bool {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { return false }
    defer { yaml_parser_delete(&parser) }
    return text.withUnsafeBufferPointer { buffer in
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
      while true {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
          report(parser, in: text, problems)
          return false
        }
        defer { yaml_event_delete(&event) }
        if event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT { return true }
        guard let translated = translate(event) else { continue }
        let mark = Mark(line: event.start_mark.line + 1, column: event.start_mark.column + 1)
        guard body((translated, mark)) else { return true }
      }
    }
  }

  private static func translate(_ event: yaml_event_t) -> YAMLEvent? {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      return .document
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .scalar(
        String(decoding: bytes, as: UTF8.self), quoted: scalar.style != YAML_PLAIN_SCALAR_STYLE,
        anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_ALIAS_EVENT:
      return .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return .beginList(anchor: text(start.anchor), tag: text(start.tag))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return .beginMap(anchor: text(start.anchor), tag: text(start.tag))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      return .end
    default:
      return nil
    }
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private static func report(_ parser: yaml_parser_t, in text: [UInt8], _ problems: Problems) {
    let problem = parser.problem.map { String(cString: $0) } ?? "cannot be read"
    if parser.error == YAML_READER_ERROR {
      problems.report(place(of: parser.problem_offset, in: text), "not a text file: \(problem)")
      return
    }
    let mark = Mark(line: parser.problem_mark.line + 1, column: parser.problem_mark.column + 1)
    if problem.hasPrefix("Maximum nesting level") {
      // libyaml reads ahead and may find out before the composer does.
      problems.report(mark, SettingParser.tooDeep)
      return
    }
    var message = "not YAML: \(problem)"
    if let context = parser.context {
      let begin = parser.context_mark
      message += " \(String(cString: context)) that begins at \(begin.line + 1):\(begin.column + 1)"
    }
    problems.report(mark, message)
  }

  /// The line and column of a byte.
  private static func place(of offset: Int, in text: [UInt8]) -> Mark {
    let before = text.prefix(offset)
    let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return Mark(line: line, column: column)
  }
}
