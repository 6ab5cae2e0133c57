// Where the regions of the presets stand, in ten-thousandths of a degree, north and east positive: what
// great circles to places are measured from. Of Google's regions only some are published with a town.
//
// Sources: for AWS the cities of CloudPing.co, for Azure "Azure network round-trip latency statistics"
// with the towns of the region list, for Google Cloud "Regions and zones" (towns from memory).

/// Coordinates of regions.
enum RegionCoordinates {
  /// Where a preset's region stands, if that is known.
  static func find(_ region: String, of preset: NetworkPreset) -> Coordinates? {
    let table: [String: Coordinates]
    switch preset {
    case .none: return nil
    case .aws: table = aws
    case .azure: table = azure
    case .gcp: table = gcp
    }
    return table[region]
  }

  private static func parse(_ text: String) -> [String: Coordinates] {
    var table: [String: Coordinates] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let north = Int64(words[1]), let east = Int64(words[2]) else {
        preconditionFailure("coordinates: \(line)")
      }
      table[String(words[0])] = Coordinates(north: north, east: east)
    }
    return table
  }

  private static let aws = parse(
    """
    eu-west-1 533498 -62603
    eu-west-2 515074 -1278
    ap-southeast-5 31390 1016869
    ap-southeast-3 -62088 1068456
    ap-southeast-7 137563 1005018
    ca-central-1 436532 -793832
    il-central-1 320853 347818
    ap-southeast-1 13521 1038198
    ap-east-1 223193 1141694
    eu-south-2 404168 -37038
    ap-northeast-3 346937 1355023
    ap-northeast-2 375665 1269780
    ap-northeast-1 356762 1396503
    eu-central-1 501109 86821
    sa-east-1 -235558 -466396
    mx-central-1 194326 -991332
    af-south-1 -339249 184241
    us-west-2 455152 -1226784
    ap-south-2 173850 784867
    ca-west-1 510447 -1140719
    us-west-1 377749 -1224194
    eu-south-1 454642 91900
    ap-southeast-2 -338688 1512093
    eu-north-1 593293 180686
    eu-central-2 473769 85417
    us-east-1 390458 -774874
    ap-south-1 190760 728777
    me-central-1 252048 552708
    eu-west-3 488566 23522
    us-east-2 399612 -829988
    me-south-1 262285 505860
    ap-southeast-4 -378136 1449631
    """)
  private static let azure = parse(
    """
    australiacentral -353075 1491244
    australiacentral2 -353075 1491244
    australiaeast -338688 1512093
    australiasoutheast -378136 1449631
    austriaeast 482082 163738
    belgiumcentral 508503 43517
    brazilsouth -235505 -466333
    brazilsoutheast -229068 -431729
    canadacentral 436532 -793832
    canadaeast 468139 -712080
    chilecentral -334489 -706693
    centralindia 185204 738567
    centralus 418780 -930977
    eastasia 222670 1141880
    eastus 373719 -798164
    eastus2 366681 -783889
    francecentral 463772 23730
    francesouth 438927 24169
    germanynorth 530793 88017
    germanywestcentral 501109 86821
    indonesiacentral -62088 1068456
    israelcentral 312516 347915
    italynorth 454642 91900
    japaneast 356762 1396503
    japanwest 346937 1355023
    jioindiawest 227196 758577
    koreacentral 375665 1269780
    koreasouth 351796 1290756
    malaysiawest 31390 1016869
    mexicocentral 205888 -1003899
    newzealandnorth -368485 1747633
    northcentralus 418819 -876278
    northeurope 533478 -62597
    norwayeast 599139 107522
    norwaywest 589700 57331
    polandcentral 522297 210122
    qatarcentral 252854 515310
    southafricanorth -257313 282184
    southafricawest -339249 184241
    southcentralus 294241 -984936
    southindia 129716 801636
    southeastasia 13521 1038198
    spaincentral 404168 -37038
    swedencentral 606749 171413
    switzerlandnorth 474515 85644
    switzerlandwest 462044 61432
    uaecentral 244539 543773
    uaenorth 252760 552962
    uksouth 515074 -1278
    ukwest 534808 -22426
    westcentralus 408900 -1102340
    westeurope 523676 49041
    westindia 190760 728777
    westus 377833 -1224167
    westus2 472330 -1198520
    westus3 334484 -1120740
    """)
  private static let gcp = parse(
    """
    us-central1 412600 -958600
    us-east1 332000 -800100
    us-east4 390400 -774900
    us-west1 456000 -1211800
    southamerica-east1 -235300 -467900
    northamerica-northeast1 455000 -735700
    europe-west1 504700 38700
    europe-west2 515100 -1300
    europe-west3 501100 86800
    europe-west4 534300 68400
    europe-north1 605700 271900
    asia-south1 190800 728800
    asia-southeast1 13500 1037000
    asia-east1 240500 1205200
    asia-northeast1 356900 1396900
    australia-southeast1 -338700 1512100
    africa-south1 -262000 280500
    me-west1 320900 347800
    """)
}
