// Where messages wait while their tickets travel: the queue moves integers, the slab keeps values.

/// Values under small integers, each for a number of uses.
public struct Slab<Element> {
  @usableFromInline var elements: [Element?] = []
  @usableFromInline var uses: [Int32] = []
  @usableFromInline var free: [Int32] = []

  @inlinable public init() {}

  /// Keeps a value until it was taken `uses` times.
  @inlinable public mutating func insert(_ element: consuming Element, uses count: Int) -> Int {
    if let slot = free.popLast() {
      elements[Int(slot)] = element
      uses[Int(slot)] = Int32(count)
      return Int(slot)
    }
    elements.append(element)
    uses.append(Int32(count))
    return elements.count - 1
  }

  /// Takes a value out; the last use frees its slot.
  @inlinable public mutating func take(_ slot: Int) -> Element? {
    if uses[slot] == 1 {
      uses[slot] = 0
      free.append(Int32(slot))
      return elements[slot].take()
    }
    uses[slot] -= 1
    return elements[slot]
  }

  /// Gives up one use: the message was lost on its way.
  @inlinable public mutating func discard(_ slot: Int) {
    if uses[slot] == 1 { _ = take(slot) } else { uses[slot] -= 1 }
  }

  /// Looks at a value without using it up.
  @inlinable public func peek(_ slot: Int) -> Element? { elements[slot] }
}
