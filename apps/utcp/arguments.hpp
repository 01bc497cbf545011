#pragma once

#include <utcp/error.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace utcp::app {

/// `key=value`, `key:=json`, or `key@=path`.
struct pair_argument {
  std::string key;
  std::string text;
  bool is_json = false;
  json file;  ///< of `key@=path`: {"filename", "data": the bytes}; else null
};

/// One word of `utcp call NAME …`: a pair, or a whole object from the command line, a file or standard input.
using argument_word = std::variant<pair_argument, json>;

/// Reads the words after the tool's name: `key=value`, `key:=json`, `key@=path`, `{json object}`, `@file.json`, `-` (standard
/// input). Files hold at most 64 MiB. Fails with errc::invalid_argument.
result<std::vector<argument_word>> read_argument_words(const std::vector<std::string>& words,
                                                       const std::function<result<std::string>()>& read_stdin);

/// The arguments as one object; later words win. A value of a pair is typed by the tool's `inputs` schema: a string stays a
/// string; numbers, booleans, arrays and objects are read as JSON and must fit; without a type it is JSON when it reads as
/// JSON, else a string. A file stays the object that it is, or is base64 text where the schema has a string of that encoding.
/// A repeated key of an array adds items. `a.b=c` goes into the object `a` when the schema has it.
/// Fails with errc::invalid_argument.
result<json> build_arguments(const std::vector<argument_word>& words, const json& inputs);

/// Keys of `arguments` that `inputs` does not name although it names others; empty when it allows more on purpose.
std::vector<std::string> unnamed_arguments(const json& arguments, const json& inputs);

/// The types a schema allows, of `type`, `enum`, `const`, `anyOf`, `oneOf`, `allOf` and local `$ref`; empty: any.
std::vector<std::string> allowed_types(const json& schema, const json& root);

/// `schema`, or what its local `$ref` stands for in `root`.
const json& resolve_ref(const json& schema, const json& root);

}  // namespace utcp::app
