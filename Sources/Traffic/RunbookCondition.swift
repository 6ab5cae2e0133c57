// What an operator can look at, before a step and after it. Nothing is taken for granted: whether a region
// takes writes is found out by writing there. RunbookView is what there is to be seen at one moment; whoever
// carries a runbook out makes it from the simulated world.

import Simulation

/// Something that can be seen to be so, or not.
public struct RunbookCondition: Sendable, Equatable {
  public enum What: String, CaseIterable, Sendable {
    /// Its server runs, or does not.
    case up, down
    /// Health checks say so.
    case healthy, unhealthy
    /// Its database says that it is the primary.
    case primary
    /// Its database has all that it knows of, and nothing left to reconcile.
    case caughtUp = "caught-up"
    /// A write of the operator's was acknowledged there.
    case writes
    /// The operator's last write there was refused or not answered, and no client's was acknowledged since.
    case fenced
    /// So many clients were last sent there.
    case traffic
    /// So many replicas of its app tier can serve.
    case ready
  }
  public let what: What
  public let region: Region.ID
  /// For `traffic`: the least share of clients.
  public let least: Ratio
  /// For `ready`: the least number of replicas.
  public let replicas: Int

  public init(
    _ what: What, _ region: Region.ID, atLeast least: Ratio = .never, replicas: Int = 0
  ) {
    self.what = what
    self.region = region
    self.least = least
    self.replicas = replicas
  }

  /// Whether it takes a write to find out.
  var needsProbe: Bool { what == .writes || what == .fenced }

  /// - Parameter since: A probe that was asked earlier says nothing.
  func holds(_ view: RunbookView, since: Instant) -> Bool {
    let sight = view.regions[region.index]
    switch what {
    case .up: return sight.isUp
    case .down: return !sight.isUp
    case .healthy: return sight.isHealthy
    case .unhealthy: return !sight.isHealthy
    case .primary: return sight.isPrimary
    case .caughtUp: return sight.isCaughtUp
    case .traffic: return sight.share >= least
    case .ready: return sight.isUp && sight.replicas >= replicas
    case .writes, .fenced:
      guard let probe = sight.probe, probe.asked >= since else { return false }
      if what == .writes { return probe.isAccepted }
      return !probe.isAccepted && sight.acknowledged.map { $0 < probe.asked } ?? true
    }
  }
}

/// A write of the operator's, to see whether a region takes it.
public struct RunbookProbe: Sendable, Equatable {
  public let asked: Instant
  public let isAccepted: Bool

  public init(asked: Instant, isAccepted: Bool) {
    self.asked = asked
    self.isAccepted = isAccepted
  }
}

/// What can be seen at one moment.
public struct RunbookView: Sendable {
  /// Of one region.
  public struct Sight: Sendable {
    public var isUp = true
    public var isHealthy = true
    public var isPrimary = false
    public var isCaughtUp = false
    /// The last probe that has ended.
    public var probe: RunbookProbe?
    /// When a client's write was last acknowledged.
    public var acknowledged: Instant?
    /// Of all clients that were sent anywhere, those last sent here.
    public var share = Ratio.never
    /// How many replicas of its app tier have started.
    public var replicas = 0

    public init() {}
  }
  public var regions: [Sight]

  public init(regions: [Sight]) { self.regions = regions }
}
