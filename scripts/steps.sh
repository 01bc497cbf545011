# Sourced by the scripts: one line a step, the noise in a log under build/logs.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs

# How many compilers at once: one a core, but 2 GB of memory each (sanitized coroutine code needs it).
jobs_for_this_machine() {
  local cores memory_gb by_memory
  cores=$(nproc)
  memory_gb=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  by_memory=$((memory_gb / 2))
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cores < by_memory ? cores : by_memory))
}

# seconds_since START_NS: with one decimal.
seconds_since() {
  local tenths=$((($(date +%s%N) - $1) / 100000000))
  echo "$((tenths / 10)).$((tenths % 10))"
}

# step TEXT LOG COMMAND…: runs the command with its output in build/logs/LOG.log and prints one line. Fails as the
# command does, after showing the end of the log.
step() {
  local text=$1 log=$logs/$2.log started status=0
  shift 2
  mkdir -p "$logs"
  started=$(date +%s%N)
  if [ -t 1 ]; then printf '  %s …' "$text"; fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ -t 1 ]; then printf '\r\033[K'; fi
  if ((status == 0)); then
    printf '  %-44s %6s s\n' "$text" "$(seconds_since "$started")"
    return 0
  fi
  printf '  %-44s failed after %s s (exit code %d)\n' "$text" "$(seconds_since "$started")" "$status"
  printf -- '--- the end of %s\n' "${log#"$root"/}" >&2
  tail -n 40 "$log" >&2
  return "$status"
}
