#include "loopback_grpc_server.hpp"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>

namespace utcp::testing {
namespace {

namespace pb = google::protobuf;

constexpr const char* reflection_path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

std::string bytes_of(const ::grpc::ByteBuffer& buffer) {
  std::vector<::grpc::Slice> parts;
  std::string out;
  if (buffer.Dump(&parts).ok())
    for (const auto& each : parts) out.append(reinterpret_cast<const char*>(each.begin()), each.size());
  return out;
}

::grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const ::grpc::Slice slice(bytes.data(), bytes.size());
  return ::grpc::ByteBuffer(&slice, 1);
}

class thrown_errors final : public pb::io::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber, const std::string& message) override { throw std::runtime_error(std::to_string(line) + ": " + message); }
};

/// The part of a request that reflection is about: its number and its text.
std::pair<int, std::string> read_question(const std::string& request) {
  pb::io::CodedInputStream in(reinterpret_cast<const pb::uint8*>(request.data()), static_cast<int>(request.size()));
  std::pair<int, std::string> out;
  while (const pb::uint32 tag = in.ReadTag()) {
    std::string text;
    pb::uint32 size = 0;
    if (!in.ReadVarint32(&size) || !in.ReadString(&text, static_cast<int>(size))) break;
    out = {static_cast<int>(tag >> 3), text};
  }
  return out;
}

std::string field(int number, const std::string& bytes) {
  std::string out;
  pb::io::StringOutputStream to(&out);
  pb::io::CodedOutputStream coded(&to);
  coded.WriteTag(static_cast<pb::uint32>(number << 3 | 2));
  coded.WriteVarint32(static_cast<pb::uint32>(bytes.size()));
  coded.WriteString(bytes);
  coded.Trim();
  return out;
}

}  // namespace

struct loopback_grpc_server::parts final : ::grpc::CallbackGenericService {
  class call;

  ::grpc::ServerGenericBidiReactor* CreateReactor(::grpc::GenericCallbackServerContext* context) override;

  void add_file(const std::string& name, const std::string& text) {
    pb::io::ArrayInputStream in(text.data(), static_cast<int>(text.size()));
    thrown_errors errors;
    pb::io::Tokenizer tokens(&in, &errors);
    pb::compiler::Parser parser;
    pb::FileDescriptorProto file;
    if (!parser.Parse(&tokens, &file)) throw std::runtime_error(name + " is no .proto file");
    file.set_name(name);
    for (const std::string& import : file.dependency()) add_known(import);
    if (!pool.BuildFile(file)) throw std::runtime_error(name + " cannot be used");
    names.push_back(name);
  }
  void add_known(const std::string& name) {
    if (pool.FindFileByName(name)) return;
    const pb::FileDescriptor* known = pb::DescriptorPool::generated_pool()->FindFileByName(name);
    if (!known) throw std::runtime_error(name + " is missing");
    for (int i = 0; i < known->dependency_count(); ++i) add_known(known->dependency(i)->name());
    pb::FileDescriptorProto file;
    known->CopyTo(&file);
    pool.BuildFile(file);
  }

  void gather(const pb::FileDescriptor* file, std::set<std::string>& seen, std::vector<std::string>& out) const {
    if (!file || !seen.insert(file->name()).second) return;
    for (int i = 0; i < file->dependency_count(); ++i) gather(file->dependency(i), seen, out);
    pb::FileDescriptorProto proto;
    file->CopyTo(&proto);
    file->CopyJsonNameTo(&proto);
    out.push_back(proto.SerializeAsString());
  }

  std::string reflect(const std::string& request) const {
    const auto [number, text] = read_question(request);
    if (number == 7) {
      std::string list;
      for (const std::string& name : names)
        for (int i = 0; i < pool.FindFileByName(name)->service_count(); ++i) list += field(1, field(1, pool.FindFileByName(name)->service(i)->full_name()));
      return field(6, list + field(1, field(1, "grpc.reflection.v1.ServerReflection")));
    }
    std::vector<std::string> found;
    std::set<std::string> seen;
    gather(number == 4 ? pool.FindFileContainingSymbol(text) : pool.FindFileByName(text), seen, found);
    if (found.empty()) return field(7, field(2, "no " + text));
    std::string out;
    for (const std::string& each : found) out += field(1, each);
    return field(4, out);
  }

  behaviour behave;
  pb::DescriptorPool pool;
  std::unique_ptr<pb::util::TypeResolver> types;
  std::vector<std::string> names;
  int port = 0;
  std::unique_ptr<::grpc::Server> server;
  mutable std::mutex mutex;
  std::vector<grpc_received> all;
  std::atomic<int> open{0};
};

class loopback_grpc_server::parts::call final : public ::grpc::ServerGenericBidiReactor {
 public:
  call(parts& of, ::grpc::GenericCallbackServerContext* context) : of_(of), is_reflection_(context->method() == reflection_path) {
    received_.path = context->method();
    for (const auto& [name, value] : context->client_metadata()) received_.metadata.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    received_.seconds_left = std::chrono::duration<double>(context->deadline() - std::chrono::system_clock::now()).count();
    if (is_reflection_) {
      script_.answer = [&of](const std::string& request) { return of.reflect(request); };
    } else {
      ++of_.open;
      script_ = of_.behave(received_);
    }
    for (const auto& [name, value] : script_.headers) context->AddInitialMetadata(name, value);
    for (const auto& [name, value] : script_.trailers) context->AddTrailingMetadata(name, value);
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    std::unique_lock lock(mutex_);
    if (ok) {
      received_.requests.push_back(bytes_of(incoming_));
      if (script_.answer) script_.answers.push_back(script_.answer(received_.requests.back()));
      else if (script_.echo) script_.answers.push_back(received_.requests.back());
    } else {
      no_more_ = true;
    }
    began_ = true;
    if (ok) {
      StartRead(&incoming_);
    }
    go_on();
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    if (!ok) script_.answers.resize(sent_);
    go_on();
  }

  void OnCancel() override {
    std::unique_lock lock(mutex_);
    script_.hang = false;
    script_.answers.resize(sent_);
    no_more_ = true;
    go_on();
  }

  void OnDone() override {
    if (!is_reflection_) {
      std::lock_guard lock(of_.mutex);
      of_.all.push_back(std::move(received_));
      --of_.open;
    }
    delete this;
  }

 private:
  void go_on() {
    if (writing_ || finished_ || !began_ || (script_.after_all && !no_more_)) return;
    if (sent_ < script_.answers.size()) {
      writing_ = true;
      outgoing_ = buffer_of(script_.answers[sent_++]);
      StartWrite(&outgoing_);
      return;
    }
    const bool waits = script_.hang || ((script_.echo || script_.answer) && !no_more_);
    if (waits) return;
    finished_ = true;
    Finish(script_.status);
  }

  parts& of_;
  bool is_reflection_;
  grpc_received received_;
  grpc_script script_;
  std::mutex mutex_;
  ::grpc::ByteBuffer incoming_, outgoing_;
  std::size_t sent_ = 0;
  bool began_ = false, no_more_ = false, writing_ = false, finished_ = false;
};

::grpc::ServerGenericBidiReactor* loopback_grpc_server::parts::CreateReactor(::grpc::GenericCallbackServerContext* context) { return new call(*this, context); }

loopback_grpc_server::loopback_grpc_server(const std::map<std::string, std::string>& files, behaviour behave) : parts_(std::make_unique<parts>()) {
  parts_->behave = std::move(behave);
  for (const auto& [name, text] : files) parts_->add_file(name, text);
  parts_->types.reset(pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", &parts_->pool));
  ::grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(), &parts_->port);
  builder.RegisterCallbackGenericService(parts_.get());
  builder.SetMaxReceiveMessageSize(-1);
  parts_->server = builder.BuildAndStart();
  if (!parts_->server) throw std::runtime_error("no gRPC server can be started");
}

loopback_grpc_server::~loopback_grpc_server() { stop(); }

int loopback_grpc_server::port() const { return parts_->port; }
int loopback_grpc_server::open_calls() const { return parts_->open; }
std::vector<grpc_received> loopback_grpc_server::received() const {
  std::lock_guard lock(parts_->mutex);
  return parts_->all;
}

std::string loopback_grpc_server::encode(const std::string& type, const std::string& json) const {
  std::string out;
  const auto status = pb::util::JsonToBinaryString(parts_->types.get(), "type.googleapis.com/" + type, json, &out);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  return out;
}

std::string loopback_grpc_server::decode(const std::string& type, const std::string& bytes) const {
  std::string out;
  const auto status = pb::util::BinaryToJsonString(parts_->types.get(), "type.googleapis.com/" + type, bytes, &out);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  return out;
}

std::string loopback_grpc_server::descriptor_set() const {
  std::vector<std::string> files;
  std::set<std::string> seen;
  for (const std::string& name : parts_->names) parts_->gather(parts_->pool.FindFileByName(name), seen, files);
  std::string out;
  for (const std::string& each : files) out += field(1, each);
  return out;
}

void loopback_grpc_server::stop() {
  if (!parts_->server) return;
  parts_->server->Shutdown(std::chrono::system_clock::now());
  parts_->server->Wait();
  parts_->server.reset();
}

}  // namespace utcp::testing
