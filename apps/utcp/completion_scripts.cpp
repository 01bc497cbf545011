#include "completion_scripts.hpp"

namespace utcp::app {
namespace {

// Bash splits words at = and :, which stand within words here: they are put together again before the program is asked,
// and what bash did split off is taken from the answers. It splits at @, too, but still replaces the @.
constexpr std::string_view bash_script = R"script(# bash completion for utcp; made by `utcp completion bash`
_utcp() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() fragment='' trimmed i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    fragment=${COMP_WORDS[i]}
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    if ((i == 0)) || [[ $trimmed != "$rest" ]]; then words+=(''); fi
    if ((${#fragment} > ${#trimmed})); then fragment=$trimmed; fi
    words[${#words[@]} - 1]+=$fragment
    rest=${trimmed:${#fragment}}
  done
  local count=${#words[@]}
  words=("${words[@]//[\"\'\\]/}")
  words=("${words[@]/#\~\//$HOME/}")
  local current=${words[count - 1]}
  if [[ $fragment == [=:]* ]]; then fragment=''; fi
  fragment=${fragment//[\"\'\\]/}
  fragment=${fragment/#\~\//$HOME/}
  local split_off=${current%"$fragment"}
  split_off=${split_off%@}
  local line directives='' before answers=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then directives=$line; else answers+=("${line%%$'\t'*}"); fi
  done < <("$1" __complete "${words[@]:1}" 2>/dev/null)
  if [[ $directives == ": unfinished"* ]]; then compopt -o nospace 2>/dev/null; fi
  if [[ $directives == *" files "* ]]; then
    before=${directives#*" files "}
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do answers+=("$before$line"); done < <(compgen -f -- "${current#"$before"}")
  fi
  COMPREPLY=("${answers[@]#"$split_off"}")
}
complete -F _utcp utcp
)script";

constexpr std::string_view zsh_script = R"script(#compdef utcp
# zsh completion for utcp; made by `utcp completion zsh`
_utcp() {
  local -a before_words lines answers finished
  local current line directives='' before
  before_words=("${(@Q)words[2,CURRENT-1]}")
  before_words=("${(@)before_words/#\~\//$HOME/}")
  current=${(Q)PREFIX}
  lines=("${(@f)$(command ${(Q)words[1]} __complete "${before_words[@]}" "$current" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    if [[ $line == :* ]]; then directives=$line; continue; fi
    [[ -n $line ]] || continue
    if [[ $line == *$'\t'* ]]; then
      answers+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    else
      answers+=("${line//:/\\:}")
    fi
  done
  if [[ $directives == *" files "* ]]; then
    before=${directives#*" files "}
    compset -P "${(b)before}"
    _files
    return
  fi
  ((${#answers})) || return 1
  if [[ $directives == ": unfinished"* ]]; then
    _describe -t values utcp answers -S ''
  else
    _describe -t values utcp answers
  fi
}
if [[ $funcstack[1] == _utcp ]]; then
  _utcp "$@"
else
  compdef _utcp utcp
fi
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  return {};
}

}  // namespace utcp::app
