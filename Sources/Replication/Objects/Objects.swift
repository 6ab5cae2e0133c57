// The objects that clients ask for (registers and counters, sets, lists) as rows of a region's
// database, for strategies that carry out operations one after another: a log applied in order, a chain,
// a certified sequence. Each row knows the version that wrote it, so that an answer can tell which write
// it saw.
//
// What is replicated is the change, decided where the operation ran: conditions are never decided twice.

import Histories
import Simulation

/// One change of one object.
public struct Change: Sendable, Hashable {
  public enum Kind: Int64, Sendable {
    /// Changes nothing: the entry that opens an epoch or a term.
    case nothing = 0
    /// A register or counter gets a value.
    case put = 1
    /// A set gains or loses an element.
    case insert = 2
    case remove = 3
    /// A list gains an element at its end.
    case append = 4
  }
  public var kind: Kind
  public var key: Int64
  public var value: Int64

  public init(_ kind: Kind, key: Int64 = 0, value: Int64 = 0) {
    self.kind = kind
    self.key = key
    self.value = value
  }
}

/// The tables of all objects, and what changes do to them.
public enum Objects {
  /// Registers and counters.
  public static let registers = Table(
    0, "registers", key: ["key"], columns: ["value", "major", "minor"])
  /// The elements that a set holds.
  public static let members = Table(
    1, "members", key: ["key", "element"], columns: ["major", "minor"])
  /// When a set was last changed, be it by a removal.
  public static let sets = Table(2, "sets", key: ["key"], columns: ["major", "minor"])
  public static let lists = Table(
    3, "lists", key: ["key", "place"], columns: ["element", "major", "minor"])

  /// A strategy's schema begins with these; its own tables follow, from ordinal `tables.count` on.
  public static let tables = [registers, members, sets, lists]
  public static let views = [
    Schema.View("items", "SELECT key, value FROM registers"),
    Schema.View("elements", "SELECT key, element FROM members"),
  ]

  /// What a change displaced: enough to take it back.
  public struct Displaced: Sendable, Hashable {
    /// Whether the row was there.
    public var existed = false
    /// The register's value before.
    public var value: Int64 = 0
    /// The version that wrote the row before.
    public var version = Version(0, 0)
    /// The version that last changed the set before; (0, 0): none.
    public var changed = Version(0, 0)

    public init() {}
  }

  /// Carries out a change.
  @discardableResult
  public static func apply(
    _ change: Change, _ version: Version, to store: any Store
  ) -> Displaced {
    var displaced = Displaced()
    let stamp = [version.major, version.minor]
    switch change.kind {
    case .nothing: break
    case .put:
      if let row = store.get(registers, [change.key]) {
        displaced.existed = true
        displaced.value = row[0]
        displaced.version = Version(row[1], row[2])
      }
      store.put(registers, [change.key], [change.value] + stamp)
    case .insert, .remove:
      if let row = store.get(members, [change.key, change.value]) {
        displaced.existed = true
        displaced.version = Version(row[0], row[1])
      }
      if let row = store.get(sets, [change.key]) {
        displaced.changed = Version(row[0], row[1])
      }
      if change.kind == .insert {
        store.put(members, [change.key, change.value], stamp)
      } else {
        store.delete(members, [change.key, change.value])
      }
      store.put(sets, [change.key], stamp)
    case .append:
      let place = (store.last(lists, prefix: [change.key])?[1] ?? 0) + 1
      store.put(lists, [change.key, place], [change.value] + stamp)
    }
    return displaced
  }

  /// The newest version that changed any object of a key; (0, 0) if none did.
  public static func lastChange(of key: Int64, in store: any Store) -> Version {
    let stamps = [
      store.get(registers, [key])?.suffix(2), store.get(sets, [key])?.suffix(2),
      store.last(lists, prefix: [key])?.suffix(2),
    ]
    return stamps.compactMap { stamp in
      stamp.flatMap { row in row.first.map { Version($0, row.last ?? 0) } }
    }.max() ?? Version(0, 0)
  }

  /// Takes back the last change that was applied and not yet taken back.
  public static func revert(_ change: Change, _ displaced: Displaced, in store: any Store) {
    let before = [displaced.version.major, displaced.version.minor]
    switch change.kind {
    case .nothing: break
    case .put:
      if displaced.existed {
        store.put(registers, [change.key], [displaced.value] + before)
      } else {
        store.delete(registers, [change.key])
      }
    case .insert, .remove:
      if displaced.existed {
        store.put(members, [change.key, change.value], before)
      } else {
        store.delete(members, [change.key, change.value])
      }
      if displaced.changed == Version(0, 0) {
        store.delete(sets, [change.key])
      } else {
        store.put(sets, [change.key], [displaced.changed.major, displaced.changed.minor])
      }
    case .append:
      guard let last = store.last(lists, prefix: [change.key]) else { return }
      store.delete(lists, [change.key, last[1]])
    }
  }
}
