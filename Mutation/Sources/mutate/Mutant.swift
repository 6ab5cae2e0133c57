// One fault in the code under test.

struct Mutant: Sendable {
  var number: Int
  /// Relative to the package.
  var file: String
  var line: Int
  var column: Int
  /// What is wrong, in a few words.
  var fault: String

  /// How it is told from others between two runs over the same sources.
  var name: String { "\(file):\(line):\(column): \(fault)" }
}

/// A place in a file that was rewritten, and the mutants that live there.
struct Point: Hashable, Sendable {
  var file: String
  var offset: Int
  var kind: String
}
