// What a gRPC server sends: messages of known types, descriptors, and details of a status. What is decoded can be encoded again, and then means
// the same. The first byte says which.
#include "fuzz_input.hpp"

#include "message_decoder.hpp"
#include "message_encoder.hpp"
#include "message_schema.hpp"
#include "type_set.hpp"

#include <utcp/document.hpp>

#include <cstdlib>

using namespace utcp;
using namespace utcp::grpc_transport;

namespace {

constexpr const char* types_text = R"(
  syntax = "proto3";
  package fuzz;
  import "google/protobuf/any.proto";
  import "google/protobuf/duration.proto";
  import "google/protobuf/field_mask.proto";
  import "google/protobuf/struct.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  enum Kind { NONE = 0; ONE = 1; }
  message All {
    double d = 1; float f = 2; int32 i = 3; int64 l = 4; uint32 u = 5; uint64 ul = 6; sint32 s = 7; sint64 sl = 8;
    fixed32 x = 9; fixed64 xl = 10; sfixed32 sx = 11; sfixed64 sxl = 12; bool b = 13; string t = 14; bytes y = 15; Kind k = 16; All m = 17;
    repeated int32 is = 18; repeated string ts = 19; repeated All ms = 20; map<string, All> by_text = 21; map<int64, Kind> by_number = 22; map<bool, double> by_flag = 23;
    oneof one { string a = 24; All c = 25; }
    google.protobuf.Any any = 30; google.protobuf.Duration span = 31; google.protobuf.FieldMask mask = 32; google.protobuf.Struct st = 33;
    google.protobuf.Value v = 34; google.protobuf.ListValue lv = 35; google.protobuf.Timestamp time = 36; google.protobuf.StringValue w = 37; google.protobuf.DoubleValue wd = 38;
    optional bytes maybe = 40;
  }
)";

const type_set& types() {
  static const type_set out([] {
    type_set::files files;
    files.emplace("fuzz.proto", parse_own_proto("fuzz.proto", types_text));
    add_files_of_protobuf(files);
    return files;
  }());
  return out;
}

void decode(std::string_view bytes) {
  decode_limits limits;
  limits.max_values = 100'000;
  const pb::Descriptor& type = *types().message("fuzz.All");
  const message_decoder decoder(types().plans(), limits);
  const message_encoder encoder(types().plans());
  const auto value = decoder.decode(type, bytes);
  if (!value) return;
  (void)write_json(*value);
  const auto again = encoder.encode(type, *value);
  if (!again) return;  // an Any in an Any may be too deep, a key of a map no number any more
  const auto same = decoder.decode(type, *again);
  if (!same || !(write_json(*same) == write_json(*value))) std::abort();
}

void encode(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return;
  const pb::Descriptor& type = *types().message("fuzz.All");
  const auto bytes = message_encoder(types().plans()).encode(type, *value);
  if (bytes && !message_decoder(types().plans()).decode(type, *bytes)) std::abort();
}

void describe(std::string_view bytes) {
  pb::FileDescriptorSet set;
  if (bytes.size() > 20'000 || !set.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  type_set::files files;
  std::vector<std::string> names;
  for (auto& file : *set.mutable_file()) {
    names.push_back(file.name());
    files.emplace(file.name(), file);
  }
  add_files_of_protobuf(files);
  const type_set all(files);
  message_schemas schemas;
  for (const std::string& each : all.services_of(names)) {
    const pb::ServiceDescriptor& service = *all.service(each);
    for (int i = 0; i < service.method_count(); ++i) {
      const std::string text = schemas.inputs_of(*service.method(i)).text() + schemas.outputs_of(*service.method(i)).text();
      const message_decoder decoder(all.plans());
      (void)decoder.decode(*service.method(i)->input_type(), bytes);
      if (!parse_json(schemas.inputs_of(*service.method(i)).text())) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  if (input[0] == 'e') encode(input.substr(1));
  else if (input[0] == 's') describe(input.substr(1));
  else decode(input.substr(1));
  return 0;
}
