// Locks and semaphores as the models of Knossos and of Jepsen's tests of Hazelcast know them ("mutex",
// "owner-aware-mutex", "reentrant-mutex", "acquired-permits"). Who owns a lock is the client that the operation
// names, `:value {:client "n1"}`, or else its process: a client goes on as a new process when it does not hear, and
// may still hold what the old one had.

import Histories

/// A lock. With an owner only who holds it may release it; reentrant, its holder may acquire it again.
public struct MutexModel: SequentialModel {
  public struct State: Equatable, Sendable {
    /// Who holds it. Without owners 0 stands for anybody.
    var owner: Value = -1
    /// How often it was acquired and not released.
    var depth = 0
  }

  private let isOwned: Bool
  private let isReentrant: Bool

  public init(isOwned: Bool = true, isReentrant: Bool = false) {
    self.isOwned = isOwned
    self.isReentrant = isReentrant
  }

  public func initial(_ history: History, _ rows: [Int]) -> State { State() }

  public func step(_ state: State, _ history: History, _ row: Int, _ next: (State) -> Void) {
    let owner = isOwned ? history.owner(of: row) : 0
    switch history.functions[row] {
    case .acquire where state.depth == 0: next(State(owner: owner, depth: 1))
    case .acquire where isReentrant && state.owner == owner:
      next(State(owner: owner, depth: state.depth + 1))
    case .release where state.depth > 0 && state.owner == owner:
      next(state.depth == 1 ? State() : State(owner: owner, depth: state.depth - 1))
    default: break
    }
  }

  public func hash(_ state: State) -> UInt64 {
    mixed(UInt64(bitPattern: state.owner)) ^ UInt64(state.depth)
  }

  public func describe(_ state: State) -> String {
    guard state.depth > 0 else { return "nobody holds the lock" }
    guard isOwned else { return "the lock is held" }
    let times = state.depth > 1 ? ", \(state.depth) times" : ""
    return "process \(state.owner) holds the lock\(times)"
  }
}

/// A semaphore: so many permits, of which each acquire takes one. Only who has one may release it.
public struct PermitsModel: SequentialModel {
  private let permits: Int

  public init(permits: Int = 2) { self.permits = permits }

  /// Who has a permit, once for each, ascending.
  public func initial(_ history: History, _ rows: [Int]) -> [Value] { [] }

  public func step(_ state: [Value], _ history: History, _ row: Int, _ next: ([Value]) -> Void) {
    let owner = history.owner(of: row)
    let place = firstIndex(in: state, notBelow: owner)
    var changed = state
    switch history.functions[row] {
    case .acquire where state.count < permits:
      changed.insert(owner, at: place)
      next(changed)
    case .release where place < state.count && state[place] == owner:
      changed.remove(at: place)
      next(changed)
    default: break
    }
  }

  public func describe(_ state: [Value]) -> String {
    "\(state.count) of \(count(permits, "permit")) are taken"
  }
}

extension History {
  /// Who acquires or releases: the client that it names, or else the process.
  func owner(of row: Int) -> Value { lockOwner(of: row) ?? Value(processes[row]) }
}

/// A lock that only its holder may release.
public struct OwnerAwareMutex: Checker {
  public static let name = "owner-aware-mutex"
  public static let summary = "locks behave as one, and only the holder of one releases it"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    ModelChecker(MutexModel()).check(history, Self.name, budget)
  }
}

/// A lock that its holder may acquire again.
public struct ReentrantMutex: Checker {
  public static let name = "reentrant-mutex"
  public static let summary = "the same for locks that their holder may acquire again"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    ModelChecker(MutexModel(isReentrant: true)).check(history, Self.name, budget)
  }
}

/// A semaphore.
public struct AcquiredPermits: Checker {
  public static let name = "acquired-permits"
  public static let aliases = ["semaphore"]
  public static let summary = "semaphores behave as one and never give more permits than they have"

  public init() {}

  public func check(_ history: History, _ facts: Facts, _ budget: Budget) -> Verdict {
    ModelChecker(PermitsModel(permits: facts.permits)).check(history, Self.name, budget)
  }
}
