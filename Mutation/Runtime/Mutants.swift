// What the rewritten code calls wherever a mutant lives. Each function does what stood there before, unless one of its
// mutants is awake. A mutant counts as met only where it makes a difference.

import CMutants

/// A decision: mutant `number` takes true as false, the next one false as true.
@inline(__always)
func decided(_ number: Int32, _ truth: Bool) -> Bool {
  truth != mutants_meet(truth ? number : number + 1)
}

/// A comparison, told by what it says of less, equal and greater: three mutants, each wrong about one of them.
@inline(__always)
func compared<T: Comparable>(
  _ number: Int32, _ one: T, _ other: T, _ less: Bool, _ equal: Bool, _ greater: Bool
) -> Bool {
  one < other
    ? less != mutants_meet(number)
    : one == other ? equal != mutants_meet(number + 1) : greater != mutants_meet(number + 2)
}

/// A summand, or nothing.
@inline(__always)
func added<T: AdditiveArithmetic>(_ number: Int32, _ value: T) -> T {
  value != .zero && mutants_meet(number) ? .zero : value
}

@inline(__always)
func added<C: RangeReplaceableCollection>(_ number: Int32, _ elements: C) -> C {
  !elements.isEmpty && mutants_meet(number) ? C() : elements
}

/// A range, or all but its first, or all but its last.
@inline(__always)
func ranged<T: Strideable>(_ number: Int32, _ range: Range<T>) -> Range<T>
where T.Stride: SignedInteger {
  guard !range.isEmpty else { return range }
  if mutants_meet(number) { return range.lowerBound.advanced(by: 1)..<range.upperBound }
  if mutants_meet(number + 1) { return range.lowerBound..<range.upperBound.advanced(by: -1) }
  return range
}

@inline(__always)
func ranged<T: Strideable>(_ number: Int32, _ range: ClosedRange<T>) -> ClosedRange<T>
where T.Stride: SignedInteger {
  guard range.lowerBound < range.upperBound else { return range }
  if mutants_meet(number) { return range.lowerBound.advanced(by: 1)...range.upperBound }
  if mutants_meet(number + 1) { return range.lowerBound...range.upperBound.advanced(by: -1) }
  return range
}

/// Something that may be there, or nothing.
@inline(__always)
func found<T>(_ number: Int32, _ value: T?) -> T? {
  value != nil && mutants_meet(number) ? nil : value
}

/// Whether to leave out a statement, or to leave a loop the other way.
@inline(__always)
func mutant(_ number: Int32) -> Bool { mutants_meet(number) }

@inline(__always)
func minimum<T: Comparable>(_ number: Int32, _ one: T, _ other: T) -> T {
  one != other && mutants_meet(number) ? max(one, other) : min(one, other)
}

@inline(__always)
func maximum<T: Comparable>(_ number: Int32, _ one: T, _ other: T) -> T {
  one != other && mutants_meet(number) ? min(one, other) : max(one, other)
}

extension Sequence {
  func min(_ number: Int32) -> Element? where Element: Comparable {
    mutants_meet(number) ? self.max() : self.min()
  }
  func max(_ number: Int32) -> Element? where Element: Comparable {
    mutants_meet(number) ? self.min() : self.max()
  }
  func min(_ number: Int32, by isLess: (Element, Element) throws -> Bool) rethrows -> Element? {
    mutants_meet(number) ? try self.max(by: isLess) : try self.min(by: isLess)
  }
  func max(_ number: Int32, by isLess: (Element, Element) throws -> Bool) rethrows -> Element? {
    mutants_meet(number) ? try self.min(by: isLess) : try self.max(by: isLess)
  }
}

extension BidirectionalCollection {
  func first(_ number: Int32) -> Element? { count > 1 && mutants_meet(number) ? last : first }
  func last(_ number: Int32) -> Element? { count > 1 && mutants_meet(number) ? first : last }
  func first(_ number: Int32, where isIt: (Element) throws -> Bool) rethrows -> Element? {
    mutants_meet(number) ? try last(where: isIt) : try first(where: isIt)
  }
  func last(_ number: Int32, where isIt: (Element) throws -> Bool) rethrows -> Element? {
    mutants_meet(number) ? try first(where: isIt) : try last(where: isIt)
  }
}
