// Files that are no plans, and plans that are damaged: each is refused with its place, none ends the program.

import Foundation
import Importing
import Testing

@Suite("Broken plans")
struct BrokenPlanTests {
  private func error(_ bytes: [UInt8]) -> ImportError? {
    do {
      _ = try imported(bytes)
      return nil
    } catch { return error as? ImportError }
  }

  private func error(_ text: String) -> String? { error(Array(text.utf8))?.description }

  @Test("are told from plans, with their place")
  func messages() {
    let values = "{\"format_version\": \"1.2\",\n \"planned_values\": "
    let resource = "{\"address\": \"aws_dynamodb_table.t\", \"type\": \"aws_dynamodb_table\","
    let cases: [(String, String)] = [
      ("", "1:1: the file is empty; terraform show -json PLANFILE writes what is read"),
      (" \n", "1:1: the file is empty; terraform show -json PLANFILE writes what is read"),
      (
        "[command]/usr/bin/terraform show",
        "1:1: expected `{`: terraform show -json PLANFILE writes one JSON object, this is other"
      ),
      (
        "\n{\"a\": 1}",
        "2:1: format_version is missing: terraform show -json PLANFILE writes it"
      ),
      (
        "{\"version\": 4, \"serial\": 1, \"lineage\": \"x\", \"resources\": []}",
        "1:1: this is a state file as Terraform keeps it; format_version is missing: terraform show "
          + "-json PLANFILE writes it"
      ),
      (
        "{\"@level\": \"info\"}\n{\"@level\": \"info\"}", "2:1: expected the end"
      ),
      (
        "{\"@level\": \"info\"}",
        "1:1: this is the log of terraform plan -json; format_version is missing: terraform show -json "
          + "PLANFILE writes it"
      ),
      (
        "{\"format_version\": 1.2}",
        "1:20: format_version: expected a string such as \"1.2\", found a number"
      ),
      (
        "{\"format_version\": \"x\"}",
        "1:20: format_version: expected a version such as \"1.2\", found \"x\""
      ),
      ("{\"format_version\": \"2.0\"}", "1:20: format_version 2.0 is not known; 0.x and 1.x are"),
      ("\(values)[]}", "2:20: planned_values: expected an object, found a list"),
      (
        "\(values){\"root_module\": {\"resources\": {}}}}",
        "2:50: resources: expected a list, found an object"
      ),
      (
        "\(values){\"root_module\": {\"resources\": [3]}}}",
        "2:51: resources: expected an object, found a number"
      ),
      (
        "\(values){\"root_module\": {\"resources\": [{\"address\": \"a.b\"}]}}}",
        "2:51: a resource needs address, type and name"
      ),
      (
        "\(values){\"root_module\": {\"child_modules\": [{\"address\": \"aws_lb.x\"}]}}}",
        "2:55: 'aws_lb.x' is not the address of a module"
      ),
      (
        "\(values){\"root_module\": {\"resources\": [\(resource) \"name\": \"t\", \"values\": 7}]}}}",
        "2:140: values: expected an object, found a number"
      ),
      (
        "\(values){\"root_module\": {\"resources\": [\n\(resource) \"name\": \"t\", \"values\":\n"
          + "{\"replica\": \"eu-west-1\"}}]}}}",
        "4:13: replica: expected a list, found \"eu-west-1\""
      ),
      (
        "\(values){\"root_module\": {\"resources\": [\n\(resource) \"name\": \"t\", \"values\":\n"
          + "{\"replica\": [{\"region_name\": 7}]}}]}}}",
        "4:30: region_name: expected a string, found a number"
      ),
      (
        "\(values){\"root_module\": {}}, \"configuration\": {\"provider_config\": 1}}",
        "2:78: provider_config: expected an object, found a number"
      ),
      (
        "\(values){\"root_module\": {}}}",
        "1:1: no region is known among 0 resources; splitbrain import "
          + "terraform --list-types shows what is read"
      ),
      ("{\"format_version\": \"1.2\", \"a\": tru}", "1:32: expected a value"),
      ("{\"format_version\" \"1.2\"}", "1:19: expected `:`"),
    ]
    for (text, message) in cases { #expect(error(text) == message, "\(text)") }
  }

  @Test("bytes that are not UTF-8")
  func notText() throws {
    var file = try PlanFiles.plan("spanner-cloud-dns")
    let place = try #require(file.firstIndex(of: UInt8(ascii: "\n"))) + 3
    file[place] = 0xC3
    #expect(error(file)?.description == "2:3: this byte is not UTF-8; is this a JSON file?")
    #expect(error([0xFF, 0xFE, 0x7B])?.line == 1)
    #expect(error([0xFF, 0xFE, 0x00, 0xD8])?.message == "this begins as UTF-16 but is not")
    // A plan file itself is a ZIP archive.
    #expect(error([0x50, 0x4B, 0x03, 0x04, 0x00])?.message.hasPrefix("expected `{`") == true)
  }

  @Test("nested without end")
  func deep() {
    for opening in ["[", "{\"a\":", "{\"root_module\": {\"child_modules\": ["] {
      let text =
        "{\"format_version\": \"1.0\", \"planned_values\": "
        + String(repeating: opening, count: 100_000)
      #expect(error(Array(text.utf8))?.message == "nested too deeply")
    }
  }

  @Test("cut off anywhere, with a place in the file")
  func truncated() throws {
    let file = try PlanFiles.plan("spanner-cloud-dns")
    let lines = file.count { $0 == 0x0A } + 1
    for length in stride(from: 0, to: file.count - 2, by: 41) {
      let found = try #require(error(Array(file[..<length])) as ImportError?, "cut at \(length)")
      #expect((1...lines).contains(found.line) && found.column >= 1)
    }
  }

  @Test("figures that no provider allows")
  func bounds() {
    let record = Made(
      "aws_route53_record.a",
      """
      {"name": "x", "type": "A", "ttl": 99999999999, "weighted_routing_policy": [{"weight": 1}],
       "set_identifier": "us-east-1", "records": ["us-east-1.example"]}
      """)
    #expect(
      error(plan([record]))?.message == "ttl: expected 0 to 2147483647, found 99999999999")
    let check = Made(
      "aws_globalaccelerator_endpoint_group.a",
      "{\"endpoint_group_region\": \"us-east-1\", \"health_check_interval_seconds\": 0}")
    #expect(
      error(plan([check]))?.message
        == "health_check_interval_seconds: expected 1 to 3600, found 0")
  }

  private static let pieces = [
    "", "\"", "[", "]", "{", "}", ":", ",", "-", "\\u", "\\", "\n", "null", "true", "1.5e9", "0",
    "[[[[",
    "9223372036854775807", "-9223372036854775808", "99999999999999999999", "\u{0}", "\u{202E}",
    "[]", "{}",
    "[null]", "[{}]", "\"us-east-1\"", "\"module.\"", "\"module.a[\"", "\"var.x\"", "\"each.key\"",
    "-1",
    "{\"references\":[\"var.x\"]}", "\"arn:aws:rds:eu-west-1:1:x\"", "\"\"", "\"[\"",
  ]

  @Test("damaged at random, drawn from a seed: refused or read", arguments: PlanFiles.names.indices)
  func mutations(place: Int) throws {
    let original = try PlanFiles.plan(PlanFiles.names[place])
    let wanted = ProcessInfo.processInfo.environment["SPLITBRAIN_MUTATIONS"].flatMap { Int($0) }
    var state = UInt64(place) + 1
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(1, bound)))
    }
    // Where a value begins: what stands there is replaced whole, so that most files stay JSON.
    let values = original.indices.dropLast(2).filter {
      original[$0] == UInt8(ascii: ":") && original[$0 + 1] == 0x20
    }
    let ends: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "}")]
    var read = 0
    for _ in 0..<(wanted ?? 120) {
      var bytes = original
      for _ in 0...below(3) {
        let piece = Array(Self.pieces[below(Self.pieces.count)].utf8)
        if below(4) > 0 {
          let start = min(values[below(values.count)] + 2, bytes.count)
          let end = bytes[start...].firstIndex { ends.contains($0) } ?? bytes.count
          bytes.replaceSubrange(start..<end, with: piece)
        } else {
          let start = below(bytes.count + 1)
          bytes.replaceSubrange(start..<min(bytes.count, start + below(6)), with: piece)
        }
      }
      do {
        let scenario = try imported(bytes).scenario
        read += 1
        // Whatever names hold, a comment stays one and lines are lines.
        let isPlain = scenario.unicodeScalars.allSatisfy {
          $0 == "\n" || ($0.value >= 0x20 && $0.properties.generalCategory != .format)
        }
        #expect(isPlain)
      } catch is ImportError {
      }
    }
    #expect(read > 0)
  }
}
