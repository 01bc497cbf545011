#include "descriptor_sources.hpp"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>

#include <algorithm>
#include <fstream>

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t max_files = 20'000;
constexpr std::uintmax_t max_set_bytes = 256u << 20;

class first_parse_error final : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    if (!text.empty()) return;
    text = file;
    if (line >= 0) text += ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
    text += ": " + message;
  }
  std::string text;
};

result<void> read_set(const std::filesystem::path& path, type_set::files& out, std::vector<std::string>& named) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return error(errc::invalid_config, "\"descriptor_set\": cannot read " + path.string() + ": " + failed.message());
  if (size > max_set_bytes) return error(errc::too_large, "\"descriptor_set\": " + path.string() + " is larger than " + std::to_string(max_set_bytes) + " bytes");
  std::ifstream in(path, std::ios::binary);
  pb::io::IstreamInputStream bytes(&in);
  pb::io::CodedInputStream coded(&bytes);
  pb::FileDescriptorSet set;
  if (!set.MergePartialFromCodedStream(&coded) || !coded.ConsumedEntireMessage() || set.file_size() == 0)
    return error(errc::invalid_config, "\"descriptor_set\": " + path.string() + " is no FileDescriptorSet; make it with protoc --include_imports --include_source_info --descriptor_set_out=FILE");
  for (pb::FileDescriptorProto& each : *set.mutable_file()) {
    std::string name = each.name();
    named.push_back(name);
    out.emplace(std::move(name), std::move(each));
  }
  return {};
}

/// The name of a .proto file below one of the folders; the folder of a path elsewhere is added to them.
std::string name_below(const std::string& given, std::vector<std::filesystem::path>& folders) {
  std::error_code ignored;
  std::filesystem::path path(given);
  if (path.is_relative()) {
    const auto holder = std::find_if(folders.begin(), folders.end(), [&](const auto& folder) { return std::filesystem::exists(folder / path, ignored); });
    if (holder == folders.end()) return given;
    path = std::filesystem::absolute(*holder / path, ignored);
  }
  path = path.lexically_normal();
  for (const auto& folder : folders) {
    const auto below = path.lexically_relative(std::filesystem::absolute(folder, ignored).lexically_normal());
    if (!below.empty() && *below.begin() != "..") return below.generic_string();
  }
  folders.push_back(path.parent_path());
  return path.filename().generic_string();
}

result<void> read_protos(const descriptor_files& from, type_set::files& out, std::vector<std::string>& named) {
  auto folders = from.import_paths;
  std::vector<std::string> left;
  for (const std::string& each : from.protos) left.push_back(name_below(each, folders));
  named.insert(named.end(), left.begin(), left.end());
  pb::compiler::DiskSourceTree tree;
  for (const auto& folder : folders) tree.MapPath("", folder.string());
  pb::compiler::SourceTreeDescriptorDatabase database(&tree);
  first_parse_error wrong;
  database.RecordErrorsTo(&wrong);
  while (!left.empty()) {
    const std::string name = std::move(left.back());
    left.pop_back();
    if (out.count(name)) continue;
    if (out.size() >= max_files) return error(errc::too_large, "\"proto_files\": more than " + std::to_string(max_files) + " files are imported");
    pb::FileDescriptorProto file;
    if (!database.FindFileByName(name, &file)) {
      auto known = file_of_protobuf(name);
      if (!known) return error(errc::invalid_config, "\"proto_files\": " + (wrong.text.empty() ? name + ": cannot be read" : wrong.text) + "; \"import_paths\" says where imports are");
      wrong.text.clear();
      file = *std::move(known);
    }
    for (const std::string& import : file.dependency()) left.push_back(import);
    out.emplace(name, std::move(file));
  }
  return {};
}

}  // namespace

result<described_server> describe_from_files(const descriptor_files& from) {
  type_set::files files;
  std::vector<std::string> named;
  for (const auto& path : from.sets)
    if (auto fine = read_set(path, files, named); !fine) return fine.error();
  if (!from.protos.empty())
    if (auto fine = read_protos(from, files, named); !fine) return fine.error();
  add_files_of_protobuf(files);  // a descriptor set need not hold them
  auto types = std::make_shared<type_set>(files);
  if (!types->why_not().empty()) {
    const auto& [name, why] = *types->why_not().begin();
    return error(errc::invalid_config, (from.sets.empty() ? "\"proto_files\": " : "\"descriptor_set\": ") + name + ": " + why);
  }
  described_server out;
  out.services = types->services_of(named);
  out.types = std::move(types);
  return out;
}

bool is_housekeeping(const std::string& service) {
  return service.starts_with("grpc.reflection.") || service.starts_with("grpc.health.") || service.starts_with("grpc.channelz.");
}

}  // namespace utcp::grpc_transport
