// The two halves of a failover runbook: the planned one, which may be refused and should lose nothing, and
// the forced one, whose loss is what a run measures.

/// An operator's order to take over from a primary that hands over.
public struct SwitchOver: OperatorOrder {
  public static let name = "switch-over"
  public static let summary = "An operator moves the primary to a region, as planned"
  public static let example = "{at: 15s, switch-over: eu}"
  public static let command = Command.switchOver
  public let order: OrderToRegion
  public init(_ order: OrderToRegion) { self.order = order }
}

/// An operator's order to take over at once.
public struct FailOver: OperatorOrder {
  public static let name = "fail-over"
  public static let summary = "An operator forces a region to become the primary, whatever is lost"
  public static let example = "{at: 15s, fail-over: eu}"
  public static let command = Command.failOver
  public let order: OrderToRegion
  public init(_ order: OrderToRegion) { self.order = order }
}
