#include "descriptor_sources.hpp"
#include "described_types.hpp"
#include "message_text.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace utcp::grpc_transport {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

pb::FileDescriptorProto file(const std::string& name, const std::vector<std::string>& imports, const std::string& service = "") {
  pb::FileDescriptorProto out;
  out.set_name(name);
  for (const std::string& each : imports) out.add_dependency(each);
  if (!service.empty()) out.add_service()->set_name(service);
  return out;
}

type_set::files files_of(const std::vector<pb::FileDescriptorProto>& all) {
  type_set::files out;
  for (const auto& each : all) out.emplace(each.name(), each);
  return out;
}

TEST(type_set, leaves_out_files_that_import_each_other) {
  const type_set types(files_of({file("a", {"b"}, "A"), file("b", {"c"}), file("c", {"a"}), file("d", {}, "D")}));
  EXPECT_FALSE(types.service("A"));
  EXPECT_TRUE(types.service("D"));
  ASSERT_TRUE(types.left_out("A"));
  EXPECT_THAT(types.why_not().at(*types.left_out("A")), HasSubstr("imports"));
}

TEST(type_set, leaves_out_what_imports_a_file_that_is_missing) {
  const type_set types(files_of({file("a", {"b"}, "A"), file("b", {"nowhere"}), file("d", {}, "D")}));
  EXPECT_FALSE(types.service("A"));
  EXPECT_TRUE(types.service("D"));
  EXPECT_EQ(types.why_not().at("a"), "it imports b: it imports nowhere: it is missing");
}

TEST(type_set, builds_a_chain_of_any_length) {
  std::vector<pb::FileDescriptorProto> all;
  for (int i = 0; i < 5'000; ++i) all.push_back(file("f" + std::to_string(i), i + 1 < 5'000 ? std::vector<std::string>{"f" + std::to_string(i + 1)} : std::vector<std::string>(), i == 0 ? "First" : ""));
  EXPECT_TRUE(type_set(files_of(all)).service("First"));
}

TEST(type_set, says_what_is_wrong_with_a_file) {
  pb::FileDescriptorProto bad = file("bad", {}, "S");
  auto& method = *bad.mutable_service(0)->add_method();
  method.set_name("M");
  method.set_input_type(".no.Such");
  method.set_output_type(".no.Such");
  const type_set types(files_of({bad}));
  EXPECT_FALSE(types.service("S"));
  EXPECT_THAT(types.why_not().at("bad"), HasSubstr("no.Such"));
}

struct folder {
  folder() : path(std::filesystem::temp_directory_path() / ("utcp-grpc-" + std::to_string(::getpid()))) { std::filesystem::create_directories(path / "sub"); }
  ~folder() { std::filesystem::remove_all(path); }
  void write(const char* name, const std::string& text) const { std::ofstream(path / name) << text; }
  std::filesystem::path path;
};

TEST(descriptor_files, says_where_a_proto_file_is_wrong) {
  const folder at;
  at.write("a.proto", "syntax = \"proto3\";\nimport \"sub/b.proto\";\n");
  at.write("sub/b.proto", "syntax = \"proto3\";\nmessage X { strin y = 1; }\nmessage");
  descriptor_files from;
  from.import_paths.push_back(at.path);
  from.protos = {"a.proto"};
  const auto broken = describe_from_files(from);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, errc::invalid_config);
  EXPECT_THAT(broken.error().message, HasSubstr("sub/b.proto:3:"));

  at.write("a.proto", "syntax = \"proto3\"; import \"gone.proto\";");
  const auto missing = describe_from_files(from);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("gone.proto"));
  EXPECT_THAT(missing.error().message, HasSubstr("\"import_paths\""));
}

TEST(descriptor_files, reads_a_set_and_a_path_that_is_absolute) {
  const folder at;
  at.write("a.proto", "syntax = \"proto3\"; package p; import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp t = 1; } service S { rpc R(M) returns (M); }");
  descriptor_files from;
  from.protos = {(at.path / "a.proto").string()};
  const auto read = describe_from_files(from);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->services, ElementsAre("p.S"));

  from.import_paths.push_back(at.path / "sub");
  from.protos = {"../a.proto"};  // beside the folder, not below it
  EXPECT_TRUE(describe_from_files(from)) << describe_from_files(from).error().message;
  from.import_paths.clear();

  pb::FileDescriptorSet set;
  read->types->service("p.S")->file()->CopyTo(set.add_file());  // without what it imports, which is protobuf's own
  at.write("a.set", set.SerializeAsString());
  from.protos.clear();
  from.sets = {at.path / "a.set"};
  const auto again = describe_from_files(from);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_THAT(again->services, ElementsAre("p.S"));

  at.write("a.set", "no descriptors");
  EXPECT_THAT(describe_from_files(from).error().message, HasSubstr("is no FileDescriptorSet"));
  from.sets = {at.path / "gone"};
  EXPECT_THAT(describe_from_files(from).error().message, HasSubstr("cannot read"));
}

TEST(message_text, writes_times_as_they_are_read) {
  for (const char* text : {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "2000-02-29T00:00:00.001Z", "9999-12-31T23:59:59Z"}) {
    const auto parts = parse_timestamp(text);
    ASSERT_TRUE(parts) << text;
    EXPECT_EQ(write_timestamp(*parts), text);
  }
  EXPECT_FALSE(write_timestamp({253'402'300'800, 0}));
  EXPECT_FALSE(write_timestamp({0, -1}));
  EXPECT_FALSE(write_duration({1, -1}));
  EXPECT_EQ(as_written(0.1f), 0.1);
}

}  // namespace
}  // namespace utcp::grpc_transport
