// What is needed of many pieces: half of them is left out, then a quarter, and so on, as long as the rest suffices
// (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).

/// As few as possible of some items that still suffice, in their order. More items must never suffice less.
/// - Parameter suffices: Asked of fewer and fewer items; nil to be asked no more.
func needed<Item>(of items: [Item], _ suffices: ([Item]) -> Bool?) -> [Item] {
  var items = items
  var size = max(1, items.count / 2)
  while size > 0 {
    var start = 0
    while start < items.count {
      let fewer = Array(items[..<start] + items[min(start + size, items.count)...])
      guard let isEnough = suffices(fewer) else { return items }
      if isEnough { items = fewer } else { start += size }
    }
    size /= 2
  }
  return items
}
