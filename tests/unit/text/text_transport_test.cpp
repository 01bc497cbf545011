#include <utcp/transports/text.hpp>

#include <utcp/dialect.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace utcp;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

template <class T>
result<T> run(task<result<T>> work) {
  boost::asio::io_context loop;
  std::optional<result<T>> out;
  boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr failed, result<T> r) {
    if (failed) std::rethrow_exception(failed);
    out = std::move(r);
  });
  loop.run();
  return std::move(*out);
}

/// Says of every document with `openapi` what it was told.
class told_importer final : public document_importer {
 public:
  bool accepts(const json& document) const override { return document.contains("openapi"); }
  result<manual> import(json, const import_context& context, std::vector<notice>&) const override {
    seen = context;
    return manual();
  }
  mutable import_context seen;
};

class text_transport : public ::testing::Test {
 protected:
  text_transport() {
    fs::create_directories(dir_);
    services_.root_dir = dir_;
    services_.documents.importers.push_back(importer_);
  }
  ~text_transport() override { fs::remove_all(dir_); }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return dir_ / name;
  }

  static call_template provider(json options, const std::string& protocol = "text", dialect as = dialect::v0) {
    call_template out;
    out.name = "local";
    out.protocol = protocol;
    out.dialect = as;
    out.options = std::move(options);
    return out;
  }

  result<discovery> discover(call_template from) {
    return run(make_text_transport()(services_)->discover(std::move(from), call_context(), nullptr));
  }

  result<tool_result> call(call_template how, std::size_t max_bytes = 1'000'000) {
    tool_call what;
    what.how = std::make_shared<const call_template>(std::move(how));
    what.arguments = json{{"ignored", 1}};
    call_context context;
    context.max_response_bytes = max_bytes;
    return run(make_text_transport()(services_)->call(std::move(what), std::move(context)));
  }

  void fails(call_template from, errc code, const std::string& words) {
    const auto found = discover(std::move(from));
    ASSERT_FALSE(found) << words;
    EXPECT_TRUE(found.error() == code) << found.error().message;
    EXPECT_THAT(found.error().message, HasSubstr(words));
  }

  const fs::path dir_ = fs::temp_directory_path() / ("utcp_text_" + std::to_string(::getpid()));
  std::shared_ptr<told_importer> importer_ = std::make_shared<told_importer>();
  transport_services services_;
};

const std::string manual_v0 = R"({"version":"1.0","tools":[{"name":"now","description":"The time",
  "tool_provider":{"name":"x","provider_type":"http","url":"https://time.example/now"}}]})";
const std::string manual_v1 = R"({"utcp_version":"1.0.1","manual_version":"2","tools":[{"name":"now","description":"The time",
  "tool_call_template":{"call_template_type":"text","content":"noon"}},{"name":"bare","description":"Has no template"}]})";

}  // namespace

TEST_F(text_transport, finds_the_tools_of_a_file_below_the_root) {
  write("manual.json", manual_v0);
  for (const char* protocol : {"text", "file"}) {
    const auto found = discover(provider({{"file_path", "./manual.json"}}, protocol));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->found.tools.size(), 1u);
    EXPECT_EQ(found->found.tools[0]->name, "now");
    EXPECT_EQ(found->found.tools[0]->tool_call_template->protocol, "http");
    EXPECT_EQ(found->found.tools[0]->tool_call_template->origin, trust::configuration);
  }
}

TEST_F(text_transport, finds_the_tools_of_a_file_by_its_absolute_path) {
  EXPECT_TRUE(discover(provider({{"file_path", write("manual.json", manual_v0).string()}})));
}

TEST_F(text_transport, finds_the_tools_of_inline_content_as_text_and_as_an_object) {
  for (const json& content : {json(manual_v1), json::parse(manual_v1)}) {
    const auto found = discover(provider({{"content", content}, {"file_path", nullptr}}, "text", dialect::v1));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->found.tools.size(), 2u);
    EXPECT_EQ(found->found.manual_version, "2");
  }
}

TEST_F(text_transport, gives_its_own_template_to_a_tool_that_has_none) {
  const auto found = discover(provider({{"content", manual_v1}}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->found.tools[1]->tool_call_template->options.at("content"), manual_v1);
}

TEST_F(text_transport, tells_an_importer_of_the_file_the_base_url_and_the_auth) {
  auto from = provider({{"file_path", "spec.json"}, {"base_url", "https://api.example"}});
  from.auth_tools = json{{"auth_type", "api_key"}};
  write("spec.json", R"({"openapi":"3.0.0"})");
  ASSERT_TRUE(discover(from));
  EXPECT_EQ(importer_->seen.where, (dir_ / "spec.json").string());
  EXPECT_EQ(importer_->seen.base_url, "https://api.example");
  EXPECT_EQ(importer_->seen.auth_tools.at("auth_type"), "api_key");
  EXPECT_TRUE(importer_->seen.local);
  EXPECT_EQ(importer_->seen.origin, trust::configuration);
}

TEST_F(text_transport, says_what_is_wrong_with_a_file) {
  fails(provider({{"file_path", "none.json"}}), errc::invalid_config, "Tool definition file not found: " + (dir_ / "none.json").string());
  fails(provider({{"file_path", "."}}), errc::invalid_config, "is a directory");
  write("empty.json", "");
  fails(provider({{"file_path", "empty.json"}}), errc::invalid_config, "is empty");
  write("binary.json", std::string("\x89PNG\0\0\x01", 7));
  fails(provider({{"file_path", "binary.json"}}), errc::invalid_config, "NUL byte");
  write("broken.json", R"({"tools":[)");
  fails(provider({{"file_path", "broken.json"}}), errc::invalid_config, "broken.json");
  write("other.json", R"({"hello":1})");
  fails(provider({{"file_path", "other.json"}}), errc::invalid_config, "not a UTCP manual");
  write("list.json", "[1,2]");
  fails(provider({{"file_path", "list.json"}}), errc::invalid_config, "not a UTCP manual");
}

TEST_F(text_transport, reads_no_more_of_a_file_than_the_limit) {
  write("manual.json", manual_v0);
  services_.limits.max_bytes = manual_v0.size();
  EXPECT_TRUE(discover(provider({{"file_path", "manual.json"}})));
  services_.limits.max_bytes = manual_v0.size() - 1;
  fails(provider({{"file_path", "manual.json"}}), errc::too_large, "bytes");
}

TEST_F(text_transport, says_why_the_system_opens_no_file) {
  fails(provider({{"file_path", std::string(5'000, 'a')}}), errc::invalid_config, "File name too long");
  if (::geteuid() == 0) return;  // root may read everything
  fs::permissions(write("secret.json", manual_v0), fs::perms::none);
  fails(provider({{"file_path", "secret.json"}}), errc::invalid_config, "Permission denied");
}

TEST_F(text_transport, opens_no_pipe_and_no_device) {
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  fails(provider({{"file_path", "pipe"}}), errc::invalid_config, "regular file");
  fails(provider({{"file_path", "/dev/zero"}}), errc::invalid_config, "regular file");
  fs::create_symlink(dir_ / "pipe", dir_ / "link");
  fails(provider({{"file_path", "link"}}), errc::invalid_config, "regular file");
}

TEST_F(text_transport, refuses_options_that_name_no_text) {
  fails(provider(json::object()), errc::invalid_config, "`file_path` is missing");
  fails(provider({{"file_path", 7}}), errc::invalid_config, "must be a path");
  fails(provider({{"file_path", ""}}), errc::invalid_config, "must be a path");
  fails(provider({{"file_path", std::string("a\0b", 3)}}), errc::invalid_config, "NUL");
  fails(provider({{"file_path", "a"}, {"content", "b"}}), errc::invalid_config, "remove one");
  fails(provider({{"content", ""}}), errc::invalid_config, "is empty");
  fails(provider({{"content", 7}}), errc::invalid_config, "not a UTCP manual");
}

TEST_F(text_transport, opens_no_file_that_a_remote_manual_names) {
  write("manual.json", manual_v0);
  auto remote = provider({{"file_path", "manual.json"}});
  remote.origin = trust::remote;
  fails(remote, errc::not_allowed, "remote manual");
  EXPECT_TRUE(call(remote).error() == errc::not_allowed);
  remote.options = json{{"content", "harmless"}};
  EXPECT_EQ(std::get<std::string>(call(remote)->value), "harmless");
}

TEST_F(text_transport, answers_a_call_with_the_unparsed_text) {
  write("answer.json", R"({"a": 1})");
  EXPECT_EQ(std::get<std::string>(call(provider({{"file_path", "answer.json"}}))->value), R"({"a": 1})");
  EXPECT_EQ(std::get<std::string>(call(provider({{"content", "grüße"}}))->value), "grüße");
  EXPECT_EQ(std::get<json>(call(provider({{"content", {{"a", 1}}}}))->value), (json{{"a", 1}}));
  write("empty.txt", "");
  EXPECT_EQ(std::get<std::string>(call(provider({{"file_path", "empty.txt"}}))->value), "");
}

TEST_F(text_transport, answers_a_call_with_bytes_when_the_file_is_no_utf8) {
  for (const std::string& raw : {std::string("\xFF\x00", 2), std::string("a\xC3"), std::string("\xED\xA0\x80"), std::string("\xC0\x80")}) {
    write("raw", raw);
    EXPECT_EQ(std::get<bytes>(call(provider({{"file_path", "raw"}}))->value).size(), raw.size());
  }
}

TEST_F(text_transport, fails_a_call_whose_answer_is_too_large_or_gone) {
  write("answer", "12345");
  EXPECT_TRUE(call(provider({{"file_path", "answer"}}), 5));
  EXPECT_TRUE(call(provider({{"file_path", "answer"}}), 4).error() == errc::too_large);
  EXPECT_TRUE(call(provider({{"content", "12345"}}), 4).error() == errc::too_large);
  EXPECT_TRUE(call(provider({{"content", {1, 2, 3}}}), 4).error() == errc::too_large);
  EXPECT_THAT(call(provider({{"file_path", "gone"}})).error().message, HasSubstr("not found"));
}

TEST_F(text_transport, reads_files_that_tell_no_size) {
  const auto answer = call(provider({{"file_path", "/proc/self/status"}}));
  ASSERT_TRUE(answer);
  EXPECT_THAT(std::get<std::string>(answer->value), HasSubstr("Pid:"));
}

TEST_F(text_transport, streams_one_item_and_is_idempotent) {
  write("answer", "text");
  const auto made = make_text_transport()(services_);
  tool_call what;
  what.how = std::make_shared<const call_template>(provider({{"file_path", "answer"}}));
  EXPECT_TRUE(made->idempotent(what));
  auto stream = run(made->open_stream(what, call_context()));
  ASSERT_TRUE(stream);
  const auto first = run((*stream)->next());
  ASSERT_TRUE(first && first->has_value());
  EXPECT_EQ(std::get<std::string>((*first)->value), "text");
  EXPECT_FALSE(run((*stream)->next())->has_value());
}
