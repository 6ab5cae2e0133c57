// Some operations of a history as a history of their own: what a witness is tried with. Names and the pool of
// lists are shared; rows tell in `origins` where they come from. And a history with an order that somebody
// knows from elsewhere, such as the log of the database.

extension History {
  /// The operations in some rows, which must ascend.
  /// - Parameter isUnknown: Whether to forget the outcome of the operation in a row.
  public func part(
    _ rows: [Int], forgetting isUnknown: (Int) -> Bool = { _ in false }
  ) -> History {
    var part = self
    part.processes = rows.map { processes[$0] }
    part.functions = rows.map { functions[$0] }
    part.keys = rows.map { keys[$0] }
    part.shapes = rows.map { shapes[$0] }
    part.values = rows.map { values[$0] }
    part.extras = rows.map { extras[$0] }
    part.completions = rows.map { isUnknown($0) ? .info : completions[$0] }
    part.calls = rows.map { calls[$0] }
    part.returns = rows.map { isUnknown($0) ? History.never : returns[$0] }
    part.regions = rows.map { regions[$0] }
    part.finals = rows.map { finals[$0] }
    part.versions = versions.isEmpty ? [] : rows.map { versions[$0] }
    part.lines = lines.isEmpty ? [] : rows.map { lines[$0] }
    part.origins = rows.map { Int32(origin(of: $0)) }
    part.steps = []
    for (place, row) in rows.enumerated() where shapes[row] == .steps {
      part.values[place] = part.store(steps: Array(steps(of: row))).value
    }
    return part
  }

  /// This history with the order in which the database carried out the operations in some rows: it orders
  /// the versions of what they wrote. Of operations in other rows nothing is told.
  public func toldOrder(_ rows: [Int]) -> History {
    var told = self
    told.versions = [Version](repeating: .initial, count: count)
    for (place, row) in rows.enumerated() where row < count {
      told.versions[row] = Version(Int64(place), 0)
    }
    return told
  }
}
