// A tree of settings in which everything knows its line and column, so that whoever reads a setting,
// a strategy in a library as well as the scenario's own code, can say where it is wrong. Scenarios
// makes such trees from YAML; a program that embeds the testbed can make them by hand.

/// A place in a file; both count from 1.
public struct Mark: Hashable, Comparable, Sendable {
  public let line: Int
  public let column: Int
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
  public static func < (left: Mark, right: Mark) -> Bool {
    left.line != right.line ? left.line < right.line : left.column < right.column
  }
}

/// A scalar, a list or a map, with its place.
public struct Setting: Sendable {
  public enum Content: Sendable {
    /// Text as written; `quoted` if it stood in quotes.
    case scalar(String, quoted: Bool)
    case list([Setting])
    /// In the order of the file.
    case map([Entry])
  }
  public struct Entry: Sendable {
    public let name: String
    public let mark: Mark
    public let value: Setting
    public init(name: String, mark: Mark, value: Setting) {
      self.name = name
      self.mark = mark
      self.value = value
    }
  }
  public let content: Content
  public let mark: Mark

  public init(_ content: Content, mark: Mark = Mark(line: 1, column: 1)) {
    self.content = content
    self.mark = mark
  }

  /// What it is, for error messages.
  public var kind: String {
    switch content {
    case .scalar("", quoted: false): "nothing"
    case .scalar(let text, _): "'\(text)'"
    case .list: "a list"
    case .map: "a map"
    }
  }
}

/// Something wrong in a file.
public struct Problem: Error, Hashable, Comparable, Sendable {
  public let mark: Mark
  public let message: String
  public init(mark: Mark, message: String) {
    self.mark = mark
    self.message = message
  }
  public static func < (left: Problem, right: Problem) -> Bool {
    left.mark != right.mark ? left.mark < right.mark : left.message < right.message
  }
}

/// Collects what is wrong, so that all of it is told at once.
public final class Problems {
  public private(set) var all: [Problem] = []
  public init() {}
  public func report(_ mark: Mark, _ message: String) {
    all.append(Problem(mark: mark, message: message))
  }
}

/// The candidate that a misspelt name most likely means, if any is near.
public func nearest(_ name: String, among candidates: [String]) -> String? {
  let limit = max(1, min(3, name.count / 2))
  let ranked = candidates.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
  guard let best = ranked.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
  if best.1 <= limit { return best.0 }
  return candidates.first { $0.hasPrefix(name) && name.count >= 3 }
}

/// "'x' is not a KIND; did you mean 'y'?" or, where nothing is near, the list of what there is.
public func unknownName(_ name: String, _ kind: String, among candidates: [String]) -> String {
  if let near = nearest(name, among: candidates) {
    return "'\(name)' is not a \(kind); did you mean '\(near)'?"
  }
  return "'\(name)' is not a \(kind); known: \(candidates.joined(separator: ", "))"
}

/// Optimal string alignment distance: insert, delete, replace, or swap two neighbours.
func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
  var before: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var best = min(
        previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
      current.append(best)
    }
    before = previous
    previous = current
  }
  return previous[b.count]
}
