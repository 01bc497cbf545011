#include "descriptor_sources.hpp"
#include "rpc_status.hpp"
#include "wire_reader.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace utcp::grpc_transport {
namespace {

constexpr std::size_t max_services = 10'000;
constexpr std::size_t max_files = 20'000;
constexpr std::size_t at_once = 16;  // requests that are sent before their answers are read

// Fields of ServerReflectionRequest and ServerReflectionResponse; v1 and v1alpha have the same.
enum class ask : char { file_by_filename = 3, file_containing_symbol = 4, list_services = 7 };
enum class answered { file_descriptor_response = 4, list_services_response = 6, error_response = 7 };

std::string request_of(ask what, std::string_view about) {
  std::string out;
  out.push_back(static_cast<char>(static_cast<int>(what) << 3 | 2));
  std::size_t size = about.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>(size | 0x80));
  out.push_back(static_cast<char>(size));
  out.append(about);
  return out;
}

struct reflection_answer {
  std::vector<std::string_view> files;
  std::vector<std::string> services;
  std::string refusal;   // of an error_response
  bool refused = false;
};

/// Calls `on_field` with each field that holds bytes.
template <class OnField>
bool each_field(std::string_view message, OnField on_field) {
  for (wire_reader in(message); !in.at_end();) {
    int number = 0;
    wire_type type{};
    std::string_view bytes;
    if (!in.read_tag(number, type)) return false;
    if (type != wire_type::length_delimited) {
      if (!in.skip(number, type)) return false;
      continue;
    }
    if (!in.read_bytes(bytes) || !on_field(number, bytes)) return false;
  }
  return true;
}

/// What refers to `message` lives as long as it.
bool read_answer(std::string_view message, reflection_answer& out) {
  return each_field(message, [&](int number, std::string_view body) {
    switch (static_cast<answered>(number)) {
      case answered::file_descriptor_response:
        return each_field(body, [&](int field, std::string_view file) {
          if (field == 1) out.files.push_back(file);
          return true;
        });
      case answered::list_services_response:
        return each_field(body, [&](int field, std::string_view service) {
          return field != 1 || each_field(service, [&](int inner, std::string_view name) {
                   if (inner == 1) out.services.emplace_back(name);
                   return true;
                 });
        });
      case answered::error_response:
        out.refused = true;
        return each_field(body, [&](int field, std::string_view text) {
          if (field == 2) out.refusal = printable(text);
          return true;
        });
    }
    return true;
  });
}

/// One conversation with the reflection service.
class conversation {
 public:
  conversation(rpc_stream over, std::size_t max_bytes) : over_(std::move(over)), max_bytes_(max_bytes) {}

  rpc_stream& over() { return over_; }

  /// The answers, in the order of the questions. Nothing when the call has ended.
  static task<result<std::vector<std::string>>> ask_all(conversation& in, ask what, std::vector<std::string> about) {
    std::vector<std::string> out;
    for (const std::string& each : about) {
      std::string request = request_of(what, each);
      const bool sent = co_await in.over_.write(std::move(request));
      if (!sent) break;
    }
    while (out.size() < about.size()) {
      auto message = co_await in.over_.read();
      if (!message) co_return error(errc::protocol_error, "the server ended its reflection");
      in.taken_ += message->size();
      if (in.taken_ > in.max_bytes_) co_return error(errc::too_large, "the server describes itself in more than " + std::to_string(in.max_bytes_) + " bytes; name the services that are needed in \"services\"");
      out.push_back(*std::move(message));
    }
    co_return out;
  }

 private:
  rpc_stream over_;
  std::size_t max_bytes_;
  std::size_t taken_ = 0;
};

struct gathered {
  type_set::files files;
  std::vector<std::string> services;
  std::vector<notice> notices;
};

/// `fresh` gets the names of the files that were not known.
result<void> take_files(const std::string& message, gathered& into, reflection_answer& answer, std::vector<std::string>* fresh = nullptr) {
  if (!read_answer(message, answer)) return error(errc::protocol_error, "the answer of the server's reflection cannot be read");
  for (const std::string_view bytes : answer.files) {
    pb::FileDescriptorProto file;
    if (!file.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return error(errc::protocol_error, "a descriptor of the server's reflection cannot be read");
    std::string name = file.name();
    if (into.files.emplace(name, std::move(file)).second && fresh) fresh->push_back(std::move(name));
    if (into.files.size() > max_files) return error(errc::too_large, "the server describes itself in more than " + std::to_string(max_files) + " files");
  }
  return {};
}

task<result<void>> gather_services(conversation& in, gathered& out) {
  for (std::size_t at = 0; at < out.services.size();) {
    std::vector<std::string> some;
    while (some.size() < at_once && at < out.services.size()) some.push_back(out.services[at++]);
    auto answers = co_await conversation::ask_all(in, ask::file_containing_symbol, some);
    if (!answers) co_return answers.error();
    for (std::size_t i = 0; i < some.size(); ++i) {
      reflection_answer answer;
      if (auto fine = take_files((*answers)[i], out, answer); !fine) co_return fine.error();
      if (answer.refused) out.notices.emplace_back(some[i], "the server does not describe this service: " + answer.refusal);
    }
  }
  co_return result<void>();
}

task<result<void>> gather_imports(conversation& in, gathered& out) {
  std::set<std::string> asked;
  std::deque<std::string> waiting;
  std::set<std::string> seen;  // files whose imports have been looked at
  std::vector<std::string> fresh;
  for (const auto& [name, ignored] : out.files) fresh.push_back(name);
  for (std::size_t depth = 0; !fresh.empty() || !waiting.empty(); ++depth) {
    if (depth > max_files / at_once) co_return error(errc::too_large, "the imports of the server's files have no end");
    for (const std::string& each : fresh) {
      if (!seen.insert(each).second) continue;
      for (const std::string& import : out.files.at(each).dependency())
        if (!out.files.count(import) && !file_of_protobuf(import) && asked.insert(import).second) waiting.push_back(import);
    }
    fresh.clear();
    if (asked.size() > max_files) co_return error(errc::too_large, "the server's files import more than " + std::to_string(max_files) + " others");
    std::vector<std::string> some;
    for (; some.size() < at_once && !waiting.empty(); waiting.pop_front()) some.push_back(std::move(waiting.front()));
    if (some.empty()) break;
    auto answers = co_await conversation::ask_all(in, ask::file_by_filename, std::move(some));
    if (!answers) co_return answers.error();
    for (const std::string& each : *answers) {
      reflection_answer answer;
      if (auto fine = take_files(each, out, answer, &fresh); !fine) co_return fine.error();
    }
  }
  co_return result<void>();
}

task<result<void>> list_services(conversation& in, gathered& out) {
  auto answers = co_await conversation::ask_all(in, ask::list_services, std::vector<std::string>(1));
  if (!answers) co_return answers.error();
  reflection_answer answer;
  if (!read_answer(answers->front(), answer)) co_return error(errc::protocol_error, "the answer of the server's reflection cannot be read");
  if (answer.refused) co_return error(errc::remote_failed, "the server does not list its services: " + answer.refusal);
  if (answer.services.size() > max_services) co_return error(errc::too_large, "the server has more than " + std::to_string(max_services) + " services; name some in \"services\"");
  for (std::string& name : answer.services)
    if (!is_housekeeping(name)) out.services.push_back(std::move(name));
  co_return result<void>();
}

task<result<void>> converse(conversation& in, gathered& out) {
  if (out.services.empty()) {
    auto listed = co_await list_services(in, out);
    if (!listed) co_return listed;
  }
  auto fine = co_await gather_services(in, out);
  if (fine) fine = co_await gather_imports(in, out);
  in.over().close_writing();
  co_return fine;
}

described_server describe(gathered from) {
  add_files_of_protobuf(from.files);
  described_server out;
  auto types = std::make_shared<type_set>(from.files);
  out.notices = std::move(from.notices);
  for (const std::string& each : from.services) {
    if (types->service(each)) out.services.push_back(each);
    else if (const std::string* file = types->left_out(each)) out.notices.emplace_back(each, "cannot be used: " + *file + ": " + types->why_not().at(*file));
  }
  out.types = std::move(types);
  return out;
}

}  // namespace

task<result<described_server>> describe_by_reflection(std::shared_ptr<rpc_channel> over, boost::asio::any_io_executor executor, rpc_start how, std::vector<std::string> wanted, std::size_t max_bytes) {
  std::optional<error> last;
  for (const char* path : {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    how.path = path;
    conversation talk(rpc_stream(over, executor, how), max_bytes);
    gathered found;
    found.services = wanted;
    auto fine = co_await converse(talk, found);
    if (fine) co_return describe(std::move(found));
    if (!(fine.error() == errc::protocol_error)) co_return fine.error();
    // Why did the call end?
    while (co_await talk.over().read()) {
    }
    const rpc_end& end = talk.over().end();
    if (end.status.ok()) co_return fine.error();
    if (end.status.error_code() != ::grpc::StatusCode::UNIMPLEMENTED) co_return error_of(end, *over, nullptr);
  }
  co_return error(errc::unsupported, over->shown() + ": the server has no reflection (grpc.reflection.v1 or v1alpha); say what it offers with \"proto_files\" or \"descriptor_set\"");
}

}  // namespace utcp::grpc_transport
