#include "type_set.hpp"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/api.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/source_context.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <boost/assert.hpp>

#include <set>

namespace utcp::grpc_transport {
namespace {

/// Keeps the first thing that is wrong with a file; without a collector protobuf writes to stderr.
class first_error final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string&, const std::string& element, const pb::Message*, ErrorLocation, const std::string& message) override {
    if (text.empty()) text = element + ": " + message;
  }
  std::string text;
};

class no_errors final : public pb::io::ErrorCollector {
 public:
  void AddError(int, pb::io::ColumnNumber, const std::string&) override { BOOST_ASSERT(false); }
};

}  // namespace

type_set::type_set(const files& all) {
  for (const auto& [name, ignored] : all) build(all, name);
  for (const auto& [name, ignored] : why_not_) {
    const auto found = all.find(name);
    if (found == all.end()) continue;
    const std::string package = found->second.package().empty() ? "" : found->second.package() + ".";
    for (const auto& service : found->second.service()) lost_services_.emplace(package + service.name(), name);
  }
}

/// What a file imports comes before it. Without recursion: the chain may be long.
void type_set::build(const files& all, const std::string& first) {
  struct level {
    const std::string* name;
    int next = 0;  // import to look at
  };
  std::vector<level> path{{&first, 0}};
  std::set<std::string> on_path{first};
  while (!path.empty()) {
    level& here = path.back();
    const std::string& name = *here.name;
    const auto found = all.find(name);
    bool descends = false;
    std::string reason;
    if (found == all.end()) {
      reason = "it is missing";
    } else if (pool_.FindFileByName(name) || why_not_.count(name)) {
      // known
    } else if (here.next < found->second.dependency_size()) {
      const std::string& import = found->second.dependency(here.next++);
      if (on_path.count(import)) {
        reason = "it imports " + import + ", which imports it";
      } else {
        path.push_back({&import, 0});
        on_path.insert(import);
        descends = true;
      }
      if (reason.empty() && !descends) continue;
    } else {
      for (const std::string& import : found->second.dependency())
        if (const auto lost = why_not_.find(import); lost != why_not_.end()) {
          reason = "it imports " + import + ": " + lost->second;
          break;
        }
      first_error wrong;
      if (reason.empty() && !pool_.BuildFileCollectingErrors(found->second, &wrong)) reason = wrong.text.empty() ? "it is not valid" : wrong.text;
    }
    if (descends) continue;
    if (!reason.empty()) why_not_.emplace(name, reason.substr(0, 500));
    on_path.erase(name);
    path.pop_back();
  }
}

std::vector<std::string> type_set::services_of(const std::vector<std::string>& file_names) const {
  std::vector<std::string> out;
  for (const std::string& name : file_names)
    if (const pb::FileDescriptor* file = pool_.FindFileByName(name))
      for (int i = 0; i < file->service_count(); ++i) out.push_back(file->service(i)->full_name());
  return out;
}

const std::string* type_set::left_out(const std::string& service) const {
  const auto found = lost_services_.find(service);
  return found == lost_services_.end() ? nullptr : &found->second;
}

std::optional<pb::FileDescriptorProto> file_of_protobuf(const std::string& name) {
  if (!name.starts_with("google/protobuf/")) return std::nullopt;
  // From an archive only what is named is linked.
  for (const pb::Descriptor* (*const linked)() : {&pb::Any::descriptor, &pb::Api::descriptor, &pb::Duration::descriptor, &pb::Empty::descriptor, &pb::FieldMask::descriptor, &pb::SourceContext::descriptor,
                                                   &pb::Struct::descriptor, &pb::Timestamp::descriptor, &pb::Type::descriptor, &pb::StringValue::descriptor})
    linked();
  const pb::FileDescriptor* file = pb::DescriptorPool::generated_pool()->FindFileByName(name);
  if (!file) return std::nullopt;
  pb::FileDescriptorProto out;
  file->CopyTo(&out);
  file->CopyJsonNameTo(&out);
  return out;
}

void add_files_of_protobuf(type_set::files& to) {
  std::vector<std::string> wanted;
  for (const auto& [name, file] : to)
    for (const std::string& import : file.dependency())
      if (import.starts_with("google/protobuf/") && !to.count(import)) wanted.push_back(import);
  while (!wanted.empty()) {
    const std::string name = std::move(wanted.back());
    wanted.pop_back();
    auto known = to.count(name) ? std::nullopt : file_of_protobuf(name);
    if (!known) continue;
    wanted.insert(wanted.end(), known->dependency().begin(), known->dependency().end());
    to.emplace(name, *std::move(known));
  }
}

pb::FileDescriptorProto parse_own_proto(const std::string& name, const char* text) {
  pb::io::ArrayInputStream in(text, static_cast<int>(std::char_traits<char>::length(text)));
  no_errors errors;
  pb::io::Tokenizer tokens(&in, &errors);
  pb::compiler::Parser parser;
  pb::FileDescriptorProto out;
  const bool fine = parser.Parse(&tokens, &out);
  BOOST_ASSERT(fine);
  static_cast<void>(fine);
  out.set_name(name);
  return out;
}

}  // namespace utcp::grpc_transport
