// A store of strings with get, put and append, as in the key-value logs of Porcupine. A state is the
// string itself, with its hash (FNV-1a, which appending continues), so that comparing is mostly cheap
// and always exact.

import Histories

/// A string under each key; empty at the start.
public struct TextModel: SequentialModel {
  public struct State: Equatable, Sendable {
    var bytes: [UInt8] = []
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func append(_ piece: String) {
      for byte in piece.utf8 {
        bytes.append(byte)
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }

    public static func == (left: State, right: State) -> Bool {
      left.hash == right.hash && left.bytes == right.bytes
    }
  }

  public init() {}

  public func initial(_ history: History, _ rows: [Int]) -> State { State() }

  public func step(_ state: State, _ history: History, _ row: Int, _ next: (State) -> Void) {
    let text = history.shapes[row] == .string ? history.strings[Int(history.values[row])] : ""
    switch history.functions[row] {
    case .read:
      if text.utf8.count == state.bytes.count, text.utf8.elementsEqual(state.bytes) { next(state) }
    case .write:
      var new = State()
      new.append(text)
      next(new)
    case .append:
      var new = state
      new.append(text)
      next(new)
    default: break
    }
  }

  public func hash(_ state: State) -> UInt64 { state.hash }

  public func bytes(_ state: State) -> Int { 56 + state.bytes.count }

  public func describe(_ state: State) -> String {
    let shown = String(decoding: state.bytes.suffix(60), as: UTF8.self)
    return "the key holds \"\(state.bytes.count > 60 ? "..." : "")\(shown)\""
  }
}
