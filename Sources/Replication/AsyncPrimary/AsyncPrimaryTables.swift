// What each region stores besides the objects, for each home: its log, who wrote which part of it, what
// clients were told, and what of an old log has still to find its place.

import Simulation

extension AsyncPrimary {
  enum Tables {
    /// `previous`: the value before, or for a set the position that last changed it (0: none).
    /// `before`: the position that wrote the row before, if `hadPrevious`. `originEpoch`,
    /// `originPosition`: where an entry that was re-applied had stood first; 0 for others.
    static let log = Table(
      4, "log", key: ["home", "position", "step"],
      columns: [
        "epoch", "kind", "key", "value", "hadPrevious", "previous", "before", "client", "request",
        "originEpoch", "originPosition",
      ])
    /// Where each epoch began: what a PostgreSQL timeline history file says.
    static let reigns = Table(5, "reigns", key: ["home", "position"], columns: ["epoch"])
    /// The newest writing request of each client that was taken in here, and the place of the newest
    /// write that the client was told of here.
    static let clients = Table(
      6, "clients", key: ["home", "client"], columns: ["number", "epoch", "position"])
    static let meta = Table(7, "meta", key: ["home", "name"], columns: ["value"])
    /// Entries that were undone here and wait to be re-applied, by their first place.
    static let tail = Table(
      8, "tail", key: ["home", "epoch", "position", "step"], columns: Self.tailColumns)
    /// Entries that were undone here and are an operator's business now.
    static let aside = Table(
      9, "aside", key: ["home", "epoch", "position", "step"], columns: Self.tailColumns)
    /// Which undone entries were re-applied, and where in the log.
    static let reapplied = Table(
      10, "reapplied", key: ["home", "epoch", "position"], columns: ["into"])

    private static let tailColumns = [
      "kind", "key", "value", "hadPrevious", "previous", "client", "request",
    ]

    /// What a snapshot of a home's state consists of.
    static let state = Objects.tables + [reapplied]

    static let schema = Schema(
      tables: Objects.tables + [log, reigns, clients, meta, tail, aside, reapplied],
      views: Objects.views + [
        Schema.View(
          "state",
          """
          SELECT home, CASE name WHEN 1 THEN 'epoch' WHEN 2 THEN 'promised' WHEN 3 THEN 'ordered' \
          WHEN 4 THEN 'planned' WHEN 5 THEN 'base' WHEN 6 THEN 'acknowledged' END AS name, value \
          FROM meta
          """)
      ])
  }

  /// The names in `meta`.
  enum Meta: Int64 {
    /// The highest epoch whose primary this region has followed, or been.
    case epoch = 1
    /// No message of an epoch below this one counts any more.
    case promised = 2
    /// The epoch in which an operator ordered this region to become the primary; 0 if none did.
    case ordered = 3
    /// 1 if that order is to switch over: only if the old primary hands over.
    case planned = 4
    /// Up to where the log was compacted.
    case base = 5
    /// Up to where this region knows entries to be acknowledged, if its reads show no others.
    case acknowledged = 6
  }
}
