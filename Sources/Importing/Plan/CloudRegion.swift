// Names of regions, told from what resources hold: us-east-1a, arn:aws:rds:eu-west-1:1:cluster:x, "West Europe",
// europe-west1-b, the host name of a load balancer.

/// Whose regions they are.
enum Cloud: String, Hashable, CaseIterable {
  case aws, azure, gcp

  /// Whose resource it is, by its type.
  init?(type: String) {
    switch type.prefix(while: { $0 != "_" }) {
    case "aws", "awscc": self = .aws
    case "azurerm", "azapi": self = .azure
    case "google": self = .gcp
    default: return nil
    }
  }
}

/// A region of a cloud.
struct CloudRegion: Hashable {
  let cloud: Cloud
  let name: String

  private static let directions: Set<Substring> = [
    "north", "south", "east", "west", "central", "northeast", "northwest", "southeast",
    "southwest",
  ]

  /// A region of AWS, or one of its zones: us-east-1, us-gov-west-1, eu-west-1b, us-west-2-lax-1a.
  init?(aws text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, let first = parts.first, (2...4).contains(first.utf8.count),
      first.utf8.allSatisfy(Self.isLetter)
    else { return nil }
    let isApart = ["gov", "iso", "isob", "isoe", "isof"].contains(parts[1])
    let place = isApart ? 2 : 1
    guard parts.count > place + 1, Self.directions.contains(parts[place]) else { return nil }
    let number = parts[place + 1].prefix { $0.isASCII && $0.isNumber }
    let zone = parts[place + 1].dropFirst(number.count)
    guard (1...2).contains(number.count), zone.utf8.count <= 1, zone.utf8.allSatisfy(Self.isLetter)
    else { return nil }
    let name = (parts[...place] + [number]).joined(separator: "-")
    self.init(cloud: .aws, name: name)
  }

  /// The region in an ARN.
  init?(arn: String) {
    let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 6, parts[0] == "arn" else { return nil }
    self.init(aws: String(parts[3]))
  }

  /// A location of Azure: westeurope or "West Europe". Global is none.
  init?(azure text: String) {
    let name = text.lowercased().filter { $0 != " " }
    let isPlain = name.utf8.allSatisfy { Self.isLetter($0) || (0x30...0x39).contains($0) }
    let parts = ["east", "west", "north", "south", "central", "gov"]
    guard isPlain, (5...40).contains(name.utf8.count), parts.contains(where: name.contains) else {
      return nil
    }
    self.init(cloud: .azure, name: name)
  }

  /// A region or zone of Google Cloud, also as the end of a URL: europe-west1, us-central1-a.
  init?(google text: String) {
    let last = text.split(separator: "/").last ?? ""
    let parts = last.split(separator: "-", omittingEmptySubsequences: false)
    let areas = [
      "us", "europe", "asia", "australia", "northamerica", "southamerica", "me", "africa",
    ]
    guard (2...3).contains(parts.count), areas.contains(String(parts[0])) else { return nil }
    let direction = parts[1].prefix { !$0.isNumber }
    let number = parts[1].dropFirst(direction.count)
    guard Self.directions.contains(direction), (1...2).contains(number.utf8.count),
      number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      parts.count == 2 || (parts[2].utf8.count == 1 && parts[2].utf8.allSatisfy(Self.isLetter))
    else { return nil }
    self.init(cloud: .gcp, name: "\(parts[0])-\(parts[1])")
  }

  init(cloud: Cloud, name: String) {
    self.cloud = cloud
    self.name = name
  }

  /// A cloud's own name for a region or zone.
  init?(_ text: String, of cloud: Cloud) {
    switch cloud {
    case .aws: self.init(aws: text)
    case .azure: self.init(azure: text)
    case .gcp: self.init(google: text)
    }
  }

  /// The one region that a name such as a key, an identifier or a host name has in it.
  static func named(in text: String, of cloud: Cloud) -> CloudRegion? {
    var found: Set<CloudRegion> = []
    for word in text.lowercased().split(whereSeparator: {
      !($0.isLetter || $0.isNumber || $0 == "-")
    }) {
      let parts = word.split(separator: "-")
      for start in parts.indices {
        switch cloud {
        case .aws:
          // Short of a zone's letter, which a name would hardly have.
          for length in [3, 4] where start + length <= parts.count {
            let window = parts[start..<(start + length)].joined(separator: "-")
            if let region = CloudRegion(aws: window), region.name == window { found.insert(region) }
          }
        case .gcp where start + 1 < parts.count:
          let window = "\(parts[start])-\(parts[start + 1])"
          if let region = CloudRegion(google: window) { found.insert(region) }
        case .gcp: break
        case .azure:
          // A word such as northwind is no region unless it stands alone.
          if word.count == text.count, let region = CloudRegion(azure: String(word)) {
            found.insert(region)
          }
        }
      }
    }
    return found.count == 1 ? found.first : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
