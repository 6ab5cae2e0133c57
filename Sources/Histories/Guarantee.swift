// The names of what can be promised and checked. A strategy promises some, a scenario expects some,
// a checker decides each; these raw values are the words in scenarios, reports and `--model`.

/// A property that a run either has or has not.
public enum Guarantee: String, Sendable, Hashable, CaseIterable, Comparable {
  case linearizable
  case readYourWrites = "read-your-writes"
  case monotonicReads = "monotonic-reads"
  case monotonicWrites = "monotonic-writes"
  case writesFollowReads = "writes-follow-reads"
  /// All regions end with the same, written, values.
  case converged
  /// No acknowledged write is missing at the end.
  case noLostWrites = "no-lost-writes"
  /// No element lost, resurrected or invented.
  case set
  /// Every increment counted exactly once.
  case counter
  /// Money is neither made nor destroyed.
  case bank

  public static func < (left: Guarantee, right: Guarantee) -> Bool {
    left.rawValue < right.rawValue
  }
}
