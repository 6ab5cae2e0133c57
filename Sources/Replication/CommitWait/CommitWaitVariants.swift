// Commit-wait with one thing done as somebody once did it: a published bug, for the catalogue of known bugs.

extension CommitWait {
  /// The algorithm, or one of its published mistakes.
  public enum Variant: String, Sendable, CaseIterable {
    case sound
    /// Dgraph 1.0.2 to 1.1.1 (Kingsbury, "Jepsen: Dgraph 1.0.2", 2018, and "1.1.1", 2020): a tablet moves
    /// while transactions on it are under way.
    case cutOverWithoutDraining = "cut-over-without-draining"

    var rules: any TabletRules {
      switch self {
      case .sound: Draining()
      case .cutOverWithoutDraining: CutOver()
      }
    }
  }
}

/// What a variant does its own way.
protocol TabletRules: Sendable {
  /// Whether a tablet may leave its shard now. It is drained once nobody holds a lock in it: then no
  /// transaction on it is prepared, or about to commit.
  func mayLeave(isDrained: Bool) -> Bool
}

/// As it should be.
private struct Draining: TabletRules {
  func mayLeave(isDrained: Bool) -> Bool { isDrained }
}

/// Leaves at once. Who holds locks commits where the tablet was, after it was copied.
private struct CutOver: TabletRules {
  func mayLeave(isDrained: Bool) -> Bool { true }
}
