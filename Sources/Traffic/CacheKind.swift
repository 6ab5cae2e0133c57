// What remembers a record between the name servers and a client's request: a resolver, then the
// operating system, language run-time or browser, then a connection that is kept. Each layer has its
// own idea of how long. A kind of client is a chain of them with the figures that products ship; a
// scenario says which share of its clients is of which kind.

import Simulation

/// The layers between a client and the name servers.
public struct CacheKind: Sendable, Hashable {
  /// As the scenario has it, for reports.
  public var name: String
  /// What the resolver makes of a record's time to live: times this, ...
  public var factor = 1
  /// ... at least this, ...
  public var floor = Duration.zero
  /// ... at most this.
  public var cap = Duration.longest
  /// How long past its time it hands out a record while the name servers are silent (RFC 8767).
  public var serveStale = Duration.zero
  /// What the operating system, run-time or browser does besides.
  public var own = Own.none
  /// How long a connection may be idle before a new one is made; nil: one for every request.
  public var keepsConnection: Duration?

  /// A cache of the client's own that knows nothing of the record's time to live.
  public enum Own: Sendable, Hashable {
    case none
    case fixed(Duration)
    case forever
  }

  public init(name: String) { self.name = name }

  /// The time to live that a resolver keeps.
  public func kept(_ ttl: Duration) -> Duration {
    let (raised, overflow) = ttl.nanoseconds.multipliedReportingOverflow(by: Int64(factor))
    let scaled = overflow ? Duration.longest : Duration(nanoseconds: raised)
    return min(max(scaled, floor), cap)
  }

  /// Whether it keeps a record for just its time to live.
  public func honours(_ ttl: Duration) -> Bool {
    own == .none && keepsConnection == nil && kept(ttl) == ttl
  }

  /// The longest after a record has changed that such a client goes by the old one; nil: no such time.
  public func longest(_ ttl: Duration) -> Duration? {
    guard keepsConnection == nil else { return nil }
    switch own {
    case .none: return kept(ttl)
    case .fixed(let time): return kept(ttl) + time
    case .forever: return nil
    }
  }
}

/// A kind of client that a scenario names, with what it ships.
public struct CachePreset: Sendable {
  public let name: String
  public let about: String
  /// Where its figures come from.
  public let source: String
  public let kind: CacheKind

  private init(
    _ name: String, _ about: String, _ source: String,
    _ change: (inout CacheKind) -> Void = { _ in }
  ) {
    self.name = name
    self.about = about
    self.source = source
    var kind = CacheKind(name: name)
    change(&kind)
    self.kind = kind
  }

  /// All of them.
  public static let all: [CachePreset] = [
    CachePreset("honours", "keeps a record for its time to live", "the standard: RFC 1035, 3.2.1"),
    CachePreset(
      "extends", "its resolver keeps records longer: 5 times, unless floor or factor is given",
      "8.74 % of 8,524 resolvers: Measuring TTL Violation of DNS Resolvers (PAM 2023)"
    ) { $0.factor = 5 },
    CachePreset(
      "cuts", "its resolver keeps records for 60 s at most, unless cap is given",
      "DNS TTL Violations in the Wild, RIPE Labs 2017 (EC2 resolver, 172800 s cut to 60 s)"
    ) { $0.cap = .seconds(60) },
    CachePreset(
      "fixed", "keeps what it resolved for its own time (for), whatever the record says",
      "java.net.InetAddress, networkaddress.cache.ttl"
    ) { $0.own = .fixed(.seconds(30)) },
    CachePreset(
      "jvm", "a Java run-time: 30 s on top of its resolver", "OpenJDK, InetAddressCachePolicy"
    ) { $0.own = .fixed(.seconds(30)) },
    CachePreset(
      "forever", "never looks up again: a Java run-time with a security manager",
      "OpenJDK, InetAddressCachePolicy (-1 with a SecurityManager)"
    ) { $0.own = .forever },
    CachePreset(
      "browser", "Chrome's and Firefox's own cache: 60 s on top of the resolver",
      "Chromium kCacheEntryTTLSeconds; Firefox network.dnsCacheExpiration"
    ) { $0.own = .fixed(.seconds(60)) },
    CachePreset(
      "systemd", "systemd-resolved: honours, up to 2 h", "systemd, resolved-dns-cache.c"
    ) { $0.cap = .seconds(7_200) },
    CachePreset(
      "kubernetes", "CoreDNS as kubeadm sets it up: at least 5 s, at most 30 s",
      "kubeadm Corefile: cache 30; CoreDNS plugin cache"
    ) {
      $0.floor = .seconds(5)
      $0.cap = .seconds(30)
    },
    CachePreset(
      "kept-connection", "looks up only when its connection breaks or was idle for 90 s",
      "Go net/http DefaultTransport, IdleConnTimeout"
    ) { $0.keepsConnection = .seconds(90) },
  ]

  /// The one of that name.
  public static func named(_ name: String) -> CachePreset? { all.first { $0.name == name } }
}

/// Which share of clients is of which kind.
public struct CacheShare: Sendable, Hashable {
  public let share: Ratio
  public let kind: CacheKind
  public init(share: Ratio, kind: CacheKind) {
    self.share = share
    self.kind = kind
  }

  /// Deals kinds to clients: as many of each as its share says, to one client more or less; who gets
  /// which, and where the rounding falls, is drawn (systematic sampling). Places in `mix`.
  static func deal(_ mix: [CacheShare], to clients: Int, _ random: inout Random) -> [Int] {
    guard clients > 0, !mix.isEmpty else { return [] }
    let whole: Int64 = 1_000_000_000
    let offset = Int64(random.below(Int(whole)))
    var kinds: [Int] = []
    var kind = 0
    var upTo = mix[0].share.partsPerBillion
    for client in 0..<clients {
      let point = (Int64(client) * whole + offset) / Int64(clients)
      while point >= upTo, kind + 1 < mix.count {
        kind += 1
        upTo += mix[kind].share.partsPerBillion
      }
      kinds.append(kind)
    }
    return random.shuffled(kinds)
  }
}
