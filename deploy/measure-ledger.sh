#!/usr/bin/env bash
# Holds the log and the auditor's tool to their bars, and prints one table. Wants a machine that does nothing else,
# about 2 GB of disk, and root for the power cuts. Ends with 1 if a bar is missed.
#
#   deploy/measure-ledger.sh [FOLDER]     where the bars' logs are written; default: the system's temporary folder
#
# LEDGER_KILLS and DOMICILE_KILLS (default 100 each): how often a writer, and a collector under load, is killed.
# LEDGER_POWER_CUTS (default 60): how often the file system under a writer is shut down without a flush.
# DOMICILE_EDITS (default 5000): random edits of the files at rest.
set -uo pipefail
cd "$(dirname "$0")/.."
export LEDGER_BENCH_DIR=${1:-${TMPDIR:-/tmp}} CARGO_TERM_COLOR=never
export LEDGER_KILLS=${LEDGER_KILLS:-100} DOMICILE_KILLS=${DOMICILE_KILLS:-100}
export LEDGER_POWER_CUTS=${LEDGER_POWER_CUTS:-60} DOMICILE_EDITS=${DOMICILE_EDITS:-5000}
export DOMICILE_REQUIRE_LOOP=1
missed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# bench CRATE NAME: a benchmark that prints its own lines.
bench() {
    cargo bench --quiet --locked --package "$1" --bench "$2" 2>"$log" || { missed=1; tail -n 3 "$log" >&2; }
}

# trial WANTED CRATE TARGET TEST: a test that holds or does not.
trial() {
    if cargo test --quiet --locked --package "$2" --test "$3" -- --exact "$4" --nocapture >"$log" 2>&1 && ! grep -q SKIPPED "$log"; then
        printf 'met    %s: %s\n' "$1" "$(grep -aE 'power cuts|edits|kills' "$log" | tail -n 1)"
    else
        printf 'MISSED %s (%s::%s)\n' "$1" "$3" "$4"
        grep -aE 'panicked|SKIPPED' -A 2 "$log" | head -n 6 >&2
        missed=1
    fi
}

bench domicile-ledger bars
bench domicile-audit replay
trial "$LEDGER_KILLS kills of a writer: 0 acknowledged records lost, 0 failures to open" domicile-ledger crash a_killed_writer_loses_nothing_acknowledged
trial "$DOMICILE_KILLS kills of a collector under load" domicile-collector kills killed_under_load_it_loses_nothing_that_it_acknowledged
trial "$LEDGER_POWER_CUTS power cuts under a writer: 0 acknowledged records lost, 0 failures to open" domicile-ledger crash a_power_cut_under_a_writer_loses_nothing_acknowledged
trial "$DOMICILE_EDITS random edits at rest: each found and named" domicile-audit tampering every_random_edit_of_a_file_at_rest_is_found_and_named
trial "verify and replay without a network" domicile-audit offline verify_and_replay_work_without_a_network

# As the agent's package ships: small before fast.
if cargo build --quiet --locked --profile agent --package domicile-audit --bin domicile-audit 2>"$log"; then
    bytes=$(stat -c %s target/agent/domicile-audit)
    word=met
    if ((bytes > 8000000)); then word=MISSED missed=1; fi
    printf '%-6s ≤ 8 MB the auditor'"'"'s binary (profile agent): %s bytes\n' "$word" "$bytes"
else
    printf 'MISSED the auditor'"'"'s binary does not build\n'
    tail -n 3 "$log" >&2
    missed=1
fi
exit "$missed"
