#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Port: a source of variables. Thread-safe.
class variable_loader {
 public:
  virtual ~variable_loader() = default;
  /// The value, or nothing. An empty value counts as nothing.
  virtual std::optional<std::string> load(const std::string& name) const = 0;
  /// Named in error messages as a place that was looked at.
  virtual std::string describe() const = 0;
};

/// `options` is an entry of `load_variables_from`.
using variable_loader_factory = std::function<result<std::shared_ptr<variable_loader>>(const json& options, const std::filesystem::path& root_dir)>;

/// Reads a dotenv file once: `export`, comments, quotes, escapes, `${OTHER}`. Fails with errc::invalid_config.
result<std::shared_ptr<variable_loader>> make_dotenv_loader(const std::filesystem::path& file);

/// The pairs of a dotenv text. The grammar is python-dotenv's. `environment` answers `${NAME}` that the text does not define.
std::map<std::string, std::string> parse_dotenv(std::string_view text,
                                                const std::function<std::optional<std::string>(const std::string&)>& environment);

/// Whose text a variable stands in, and so where its value may come from.
struct variable_scope {
  std::string manual;                      ///< normalised name; empty: the configuration itself
  utcp::dialect dialect = dialect::v1;
  trust origin = trust::configuration;
  std::vector<std::string> granted;        ///< bare names that a remote text may resolve (`allowed_variables`)
};

/// Looks variables up: `variables`, then each loader, then the environment. Immutable; thread-safe.
class variable_source {
 public:
  struct settings {
    settings() = default;
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> unusable;   ///< variables that are defined and have no value, and why
    std::vector<std::shared_ptr<variable_loader>> loaders;
    bool escape_dollar = false;    ///< `$$` is a dollar sign
    bool bare_variables = false;   ///< v1: look the bare name up after the namespaced one
    std::function<std::optional<std::string>(const std::string&)> environment;  ///< default: the process's
  };

  explicit variable_source(settings s);

  /// The value for a text of that scope. Fails with errc::missing_variable that names the variable, the manual and the
  /// places looked at.
  result<std::string> find(const std::string& name, const variable_scope& scope) const;

  const settings& how() const noexcept { return settings_; }

 private:
  std::optional<std::string> look_up(const std::string& key) const;
  settings settings_;
};

/// `my_api`, `KEY` → `my__api_KEY`.
std::string namespaced_variable(std::string_view manual, std::string_view name);

/// The scope of a text of a manual: the provider's own template, or a tool's. The provider's name is the normalised one.
variable_scope scope_of(const call_template& text, const call_template& provider);

/// The names under which a variable is looked up in a scope, in their order. The configuration's own v0 text: bare, then
/// namespaced. Other text: namespaced, then bare where the configuration (`bare_variables`) or the provider (`granted`) allows it.
std::vector<std::string> look_up_keys(const std::string& name, const variable_scope& scope, bool bare_variables);

/// What replacing variables gave.
struct substitution {
  call_template value;
  std::vector<std::string> secrets;   ///< what was put in and must not be shown: all but readable hosts and ports (docs/security.md)
  std::vector<notice> notices;        ///< `$NAME` left as they are
};

/// Replaces `${NAME}` and `$NAME` in the string values of a template; keys and exempt fields (GraphQL text, shell
/// commands, inline text, `$ref`, OData names) stay. An unknown `${NAME}` fails, as does a bare `$NAME` in auth, in
/// headers, or as a whole value; any other bare `$NAME` stays, with a notice.
/// Fails with errc::missing_variable.
result<substitution> substitute(const call_template& in, const variable_scope& scope, const variable_source& from);

/// Whether `substitute` could have anything to do: a `$` stands somewhere. Quick.
bool may_hold_variables(const call_template& in);

/// The same with `***` in the place of each value that must not be shown. For display.
result<call_template> substitute_masked(const call_template& in, const variable_scope& scope, const variable_source& from);

/// Replaces variables in any JSON value; used for the configuration's own `variables` (no manual).
result<json> substitute_json(const json& in, const variable_scope& scope, const variable_source& from, std::vector<std::string>& secrets);

/// A variable that a template refers to.
struct variable_use {
  std::string name;               ///< as written
  std::vector<std::string> keys;  ///< what is looked up, in order
  bool required = false;          ///< `substitute` fails without a value; else the text stays as it is, with a notice
};

/// The variables that `substitute` would look up with a source made of these settings; sorted by name, unique.
std::vector<variable_use> variables_used(const call_template& in, const variable_scope& scope, const variable_source::settings& how);

/// The variables a template refers to, required or not, as they are looked up first (`manual__name_VAR` in v1, bare in v0); sorted, unique.
std::vector<std::string> required_variables(const call_template& in, const variable_scope& scope);

}  // namespace utcp
