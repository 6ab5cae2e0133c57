// What an object does when one thing happens at a time: all that the general search needs to judge
// linearizability of it. Six functions; a model of your own works like those in this folder:
//
//     struct Register: SequentialModel {
//       func initial(_ history: History, _ rows: [Int]) -> Value { 0 }
//       func step(_ state: Value, _ history: History, _ row: Int, _ next: (Value) -> Void) {
//         if history.functions[row] == .write { return next(history.values[row]) }
//         if history.completions[row] != .ok || history.values[row] == state { next(state) }
//       }
//       func describe(_ state: Value) -> String { "the register holds \(state)" }
//     }
//     let verdict = ModelChecker(Register()).check(history)

import Histories

/// A sequential specification.
public protocol SequentialModel: Sendable {
  associatedtype State
  /// What the object is before anything happened.
  func initial(_ history: History, _ rows: [Int]) -> State
  /// Calls `next` with each state that the operation in a row can lead to with the answer that it
  /// got: never, if it can not happen now; several times, if the object may choose. The answer of an
  /// operation of completion info is not known. Reads, and transactions of reads alone, must leave the
  /// state as it is.
  func step(_ state: State, _ history: History, _ row: Int, _ next: (State) -> Void)
  /// Whether two states are the same.
  func equal(_ left: State, _ right: State) -> Bool
  /// A number that is equal for equal states.
  func hash(_ state: State) -> UInt64
  /// Rows that can be judged apart from all others: usually those of one key. Each part in the order
  /// of its calls.
  func partition(_ history: History) -> [[Int]]
  /// A state, for people.
  func describe(_ state: State) -> String
  /// About how much memory a state takes, for the budget; without arrays in it, the size of its type.
  func bytes(_ state: State) -> Int
}

extension SequentialModel {
  /// One part for each key.
  public func partition(_ history: History) -> [[Int]] {
    let groups = KeyRows(history)
    return (0..<groups.count).map { groups[$0].map(Int.init) }
  }
}

extension SequentialModel {
  public func bytes(_ state: State) -> Int { MemoryLayout<State>.stride }
}

extension SequentialModel where State: Equatable {
  public func equal(_ left: State, _ right: State) -> Bool { left == right }
}

extension SequentialModel where State: BinaryInteger {
  public func hash(_ state: State) -> UInt64 { mixed(UInt64(truncatingIfNeeded: state)) }
}

extension SequentialModel where State == [Value] {
  public func bytes(_ state: State) -> Int { 40 + 8 * state.count }

  public func hash(_ state: State) -> UInt64 {
    state.reduce(UInt64(state.count)) { mixed($0 ^ UInt64(bitPattern: $1)) }
  }
}

/// Spreads the bits of a number (the finalizer of SplitMix64).
func mixed(_ number: UInt64) -> UInt64 {
  var mixed = number &+ 0x9E37_79B9_7F4A_7C15
  mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
  return mixed ^ mixed >> 31
}

extension History {
  /// Whether a row changes nothing: a read, or a transaction of reads.
  func isObserver(_ row: Int) -> Bool {
    functions[row] == .read
      || functions[row] == .transaction && steps(of: row).allSatisfy { $0.function == .read }
  }
}
