// What clients ask for, and what they are told. The words are those of the field: an operation is
// invoked by a process (a client) and ends ok, fail or info.

/// A data item's number. Histories read from files map their key names to these numbers.
public typealias Key = Int32

/// What a register, a counter or an element of a set holds.
public typealias Value = Int64

/// What kind of object a key names; a read must say which, since a replica stores them differently.
public enum DataType: UInt8, Sendable, Hashable, CaseIterable {
  case register, counter, set, list
}

/// One thing that a client asks of a region, atomic if it answers at all.
public enum Operation: Sendable, Hashable {
  /// Reads the object of the given type.
  case read(Key, DataType)
  /// Sets a register.
  case write(Key, Value)
  /// Sets a register if it holds `expected`.
  case compareAndSet(Key, expected: Value, new: Value)
  /// Adds to a counter; with a floor, fails instead of going below it.
  case increment(Key, by: Value, floor: Value?)
  /// Adds an element to a set.
  case insert(Key, Value)
  /// Removes an element from a set; from a list as well where lists can shrink (crdt).
  case remove(Key, Value)
  /// Adds an element at the end of a list.
  case append(Key, Value)
  /// Several steps that happen together or not at all.
  case transaction([Operation])

  /// The keys that it is about, in its order; a key that several steps are about comes as often.
  public var keys: [Key] {
    switch self {
    case .read(let key, _), .write(let key, _), .compareAndSet(let key, _, _),
      .increment(let key, _, _), .insert(let key, _), .remove(let key, _), .append(let key, _):
      [key]
    case .transaction(let steps): steps.flatMap(\.keys)
    }
  }

  /// The keys whose value decides what it does or answers.
  public var readKeys: [Key] {
    switch self {
    case .read(let key, _), .compareAndSet(let key, _, _), .increment(let key, _, _): [key]
    case .write, .insert, .remove, .append: []
    case .transaction(let steps): steps.flatMap(\.readKeys)
    }
  }

  /// Whether no transaction is inside another.
  public var isFlat: Bool {
    guard case .transaction(let steps) = self else { return true }
    return steps.allSatisfy { if case .transaction = $0 { false } else { true } }
  }

  /// Whether it cannot change anything.
  public var isReadOnly: Bool {
    switch self {
    case .read: true
    case .transaction(let steps): steps.allSatisfy(\.isReadOnly)
    default: false
    }
  }
}

/// What an operation that succeeded returns.
public enum Answer: Sendable, Hashable {
  /// Done; nothing to tell.
  case done
  /// The value of a register or counter; nil if it was never written.
  case value(Value?)
  /// The elements of a set in ascending order, those of a list in their order, or the siblings of a
  /// multi-value register.
  case values([Value])
  /// One answer for each step of a transaction.
  case steps([Answer])
}

/// Why an operation certainly did not take effect.
public enum Refusal: String, Sendable, Hashable, CaseIterable {
  /// The region is down: connection refused, nothing was sent.
  case unavailable
  /// The region cannot serve this now, for example because it is not the primary.
  case notServing = "not serving"
  /// A compare-and-set found another value, or a floor would have been crossed.
  case conditionFailed = "condition failed"
  /// A concurrent transaction was first; the client may try again.
  case aborted
  /// The strategy does not offer this operation at all.
  case unsupported
  /// The region has more to do than it can: it would not even begin.
  case overloaded
}

/// How an operation ended, as its client knows.
public enum Outcome: Sendable, Hashable {
  /// It took effect. The version, where the strategy tells, orders writes of one key.
  case ok(Answer, Version?)
  /// It certainly did not, and never will, take effect.
  case fail(Refusal)
  /// Nobody told the client: it may have happened, may happen later, or never.
  case info
}

/// A write's place in its key's true version order, as the strategy that owns the replicas knows it
/// (the white box). Versions of one key order its writes; versions of two keys mean nothing together.
public struct Version: Sendable, Hashable, Comparable {
  /// Most significant part: a timestamp, an epoch, a counter.
  public var major: Int64
  /// Least significant part: an index, a region: whatever breaks ties.
  public var minor: Int64

  public init(_ major: Int64, _ minor: Int64) {
    self.major = major
    self.minor = minor
  }

  /// Below every version of a write: the initial state.
  public static let initial = Version(.min, .min)

  public static func < (left: Version, right: Version) -> Bool {
    left.major != right.major ? left.major < right.major : left.minor < right.minor
  }
}
