// How configuration gets to regions: it is committed once, and a controller in each region compares what is
// there with what was committed, every so often and in its own time. So for minutes after a commit some
// regions have the new configuration and some the old; and what an operator changed by hand is put back.
//
// Argo CD, argocd-cm.yaml: timeout.reconciliation 120 s and a jitter of up to 60 s; self-heal puts back what
// differs. Flux's examples reconcile a Kustomization every 10 minutes; Crossplane core polls every 60 s.

import Simulation

/// A change of configuration.
public struct Commit: Sendable, Hashable {
  /// Counted from the first operation.
  public var at: Duration
  /// Whom it concerns; nil: all regions.
  public var region: Region.ID?
  /// With an autoscaler: the fewest replicas.
  public var replicas: Int?
  public var shedding: TierRules.Shedding?
  public var longestQueue: Int?

  public init(at: Duration, region: Region.ID? = nil, replicas: Int? = nil) {
    self.at = at
    self.region = region
    self.replicas = replicas
  }
}

/// How commits reach regions.
public struct ReconcilerRules: Sendable, Hashable {
  /// Who reconciles, with its usual times.
  public enum Controller: String, Sendable, Hashable, CaseIterable {
    case argoCD = "argo-cd"
    case flux, crossplane

    public var interval: Duration {
      switch self {
      case .argoCD: .seconds(120)
      case .flux: .seconds(600)
      case .crossplane: .seconds(60)
      }
    }

    public var jitter: Duration {
      switch self {
      case .argoCD: .seconds(60)
      // Within 5 % by its --interval-jitter-percentage, if that is set.
      case .flux: .zero
      case .crossplane: .seconds(6)
      }
    }
  }

  public var interval: Duration
  /// Up to so much comes on top, each time anew.
  public var jitter: Duration
  /// Whether what was changed by hand is put back.
  public var selfHeal: Bool
  /// In the order of their times.
  public var commits: [Commit]

  public init(interval: Duration, jitter: Duration = .zero, selfHeal: Bool, commits: [Commit]) {
    self.interval = interval
    self.jitter = jitter
    self.selfHeal = selfHeal
    self.commits = commits
  }
}

/// One region's controller.
struct Reconciler: Sendable {
  let rules: ReconcilerRules
  private let region: Region.ID
  /// How many commits it has seen.
  private(set) var revision = 0

  init(_ rules: ReconcilerRules, in region: Region.ID) {
    self.rules = rules
    self.region = region
  }

  /// The commits that it has not seen and that concern its region.
  mutating func fetch(at elapsed: Duration) -> [Commit] {
    let visible = rules.commits.prefix { $0.at <= elapsed }.count
    defer { revision = visible }
    return rules.commits[revision..<max(revision, visible)].filter {
      $0.region == nil || $0.region == region
    }
  }

  /// From one reconciliation to the next.
  func pause(_ random: inout Random) -> Duration {
    rules.interval + random.within(.zero...rules.jitter)
  }
}
