// A scenario that stands for a managed database: a configuration of one of our strategies as its
// documentation describes it, with what the vendor states, where and when. It is a model of a documented
// design, not the vendor's code.

import Simulation

/// What a preset scenario models.
public struct Preset: Sendable, Hashable {
  public let product: String
  /// The vendor's stated guarantee, in the vendor's words or close to them.
  public let claim: String
  /// Where it is stated.
  public let source: String
  /// When it was read: "2026-11".
  public let date: String

  /// Reads `preset: {product: ..., claim: ..., source: ..., date: ...}`.
  init(_ options: inout Options) {
    product = options.text("product", default: nil, "the managed database") ?? ""
    claim = options.text("claim", default: nil, "what its vendor states") ?? ""
    source = options.text("source", default: nil, "where that is stated") ?? ""
    date = options.text("date", default: nil, "when that was read, such as 2026-11") ?? ""
    options.finish()
    let all = [("product", product), ("claim", claim), ("source", source), ("date", date)]
    for (name, value) in all where value.isEmpty {
      options.reject(name, "a preset needs \(name):")
    }
  }
}
