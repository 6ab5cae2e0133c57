// Which country and continent a region stands in: records of geolocation name countries and continents,
// scenarios name regions. Countries are ISO 3166 codes. Continents have GEO- before them, since NA and SA are
// countries too. By the locations that AWS, Azure and Google Cloud publish of their regions.

/// Where regions stand.
enum Territory {
  /// Names are whole if they end in a digit, else beginnings; Azure's are parts of names.
  private static let table: [(codes: [String], names: [String], azure: [String])] = [
    (["US", "GEO-NA"], ["us-"], ["eastus", "westus", "centralus", "usgov", "usdod"]),
    (["CA", "GEO-NA"], ["ca-", "northamerica-northeast"], ["canada"]),
    (["MX", "GEO-NA"], ["mx-", "northamerica-south"], ["mexico"]),
    (["BR", "GEO-SA"], ["sa-", "southamerica-east"], ["brazil"]),
    (["CL", "GEO-SA"], ["southamerica-west"], ["chile"]),
    (["IE", "GEO-EU"], ["eu-west-1"], ["northeurope"]),
    (["GB", "GEO-EU"], ["eu-west-2", "europe-west2"], ["uksouth", "ukwest"]),
    (["FR", "GEO-EU"], ["eu-west-3", "europe-west9"], ["france"]),
    (["DE", "GEO-EU"], ["eu-central-1", "europe-west3", "europe-west10"], ["germany"]),
    (["CH", "GEO-EU"], ["eu-central-2", "europe-west6"], ["switzerland"]),
    (["SE", "GEO-EU"], ["eu-north-1", "europe-north2"], ["sweden"]),
    (["FI", "GEO-EU"], ["europe-north1"], []),
    (["IT", "GEO-EU"], ["eu-south-1", "europe-west8", "europe-west12"], ["italy"]),
    (["ES", "GEO-EU"], ["eu-south-2", "europe-southwest1"], ["spain"]),
    (["NL", "GEO-EU"], ["europe-west4"], ["westeurope"]),
    (["BE", "GEO-EU"], ["europe-west1"], ["belgium"]),
    (["PL", "GEO-EU"], ["europe-central2"], ["poland"]),
    (["NO", "GEO-EU"], [], ["norway"]),
    (["AT", "GEO-EU"], [], ["austria"]),
    (
      ["JP", "GEO-AS"],
      ["ap-northeast-1", "ap-northeast-3", "asia-northeast1", "asia-northeast2"], ["japan"]
    ),
    (["KR", "GEO-AS"], ["ap-northeast-2", "asia-northeast3"], ["korea"]),
    (["SG", "GEO-AS"], ["ap-southeast-1", "asia-southeast1"], ["southeastasia"]),
    (["ID", "GEO-AS"], ["ap-southeast-3", "asia-southeast2"], ["indonesia"]),
    (["MY", "GEO-AS"], ["ap-southeast-5"], ["malaysia"]),
    (["TH", "GEO-AS"], ["ap-southeast-7"], []),
    (["IN", "GEO-AS"], ["ap-south-", "asia-south1", "asia-south2"], ["india"]),
    (["HK", "GEO-AS"], ["ap-east-1", "asia-east2"], ["eastasia"]),
    (["TW", "GEO-AS"], ["ap-east-2", "asia-east1"], ["taiwan"]),
    (["CN", "GEO-AS"], ["cn-"], ["china"]),
    (["AU", "GEO-OC"], ["ap-southeast-2", "ap-southeast-4", "australia-"], ["australia"]),
    (["NZ", "GEO-OC"], ["ap-southeast-6"], ["newzealand"]),
    (["ZA", "GEO-AF"], ["af-", "africa-"], ["southafrica"]),
    (["AE", "GEO-ME", "GEO-AS"], ["me-central-1"], ["uae"]),
    (["BH", "GEO-ME", "GEO-AS"], ["me-south-1"], []),
    (["QA", "GEO-ME", "GEO-AS"], ["me-central1"], ["qatar"]),
    (["SA", "GEO-ME", "GEO-AS"], ["me-central2"], []),
    (["IL", "GEO-ME", "GEO-AS"], ["il-", "me-west1"], ["israel"]),
  ]

  /// The word for everywhere else.
  static let elsewhere = "*"

  /// The codes of what a region is in, the narrower first.
  static func codes(of region: CloudRegion) -> [String] {
    let row = table.first { row in
      if region.cloud == .azure { return row.azure.contains { region.name.contains($0) } }
      return row.names.contains { name in
        name.last?.isNumber == true ? region.name == name : region.name.hasPrefix(name)
      }
    }
    return row?.codes ?? []
  }
}
