// A scenario of the catalogue: a published failure of a real system, as an unsafe configuration that must
// show it, and a safe twin in the same file that must stay quiet under the same seeds. Without the twin a
// checker that always complains would look perfect; without the bug, one that never does.

import Simulation

/// What a catalogue scenario reproduces.
public struct KnownBug: Sendable, Hashable {
  /// Its number in the catalogue: "B17".
  public let id: String
  public let title: String
  /// Where the failure was published.
  public let source: String

  /// Reads `bug: {id: B17, title: ..., source: ...}`.
  init(_ options: inout Options) {
    id = options.text("id", default: nil, "its number in the catalogue, such as B17") ?? ""
    title = options.text("title", default: nil, "what goes wrong, in a few words") ?? ""
    source = options.text("source", default: nil, "where it was published") ?? ""
    options.finish()
    for (name, value) in [("id", id), ("title", title), ("source", source)] where value.isEmpty {
      options.reject(name, "a bug needs \(name):")
    }
  }
}
