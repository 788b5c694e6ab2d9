# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_domicile_collector_global_optspecs
    string join \n h/help V/version
end

function __fish_domicile_collector_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_domicile_collector_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_domicile_collector_using_subcommand
    set -l cmd (__fish_domicile_collector_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -s V -l version -d 'Print version'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "run" -d 'Serve until SIGTERM or SIGINT. Prints `ready quic=ADDR api=ADDR` when it does, after a line `tunnel ADDR` for each address of `tunnel-listen` and `tiles ADDR` for `publish.listen`'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "check" -d 'Check the configuration and everything it names; change nothing'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "token" -d 'Make a bearer token for the API: print it once, and the entry of the access file that knows it by its hash. Reads and writes nothing'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "rebuild-index" -d 'Make the index anew from the log, then exit. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "erase" -d 'Erase the raw records of one host: reports, verdicts, liveness. Their places and hashes stay, so every proof does. Logged first. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "hold" -d 'Legal holds: what is held is neither erased nor dropped. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "retain" -d 'Drop the raw records of hosts that were last heard of longer ago than `retention.keep`. Logged first. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "log-key" -d 'The key that signs the log: replace it by a statement in the log itself. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "plan" -d 'Say which metros a set of anchors can confirm, within which round trips, and where another anchor helps most. Reads files, changes none, needs no running collector'
complete -c domicile-collector -n "__fish_domicile_collector_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand run" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand run" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand check" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand check" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand token" -l days -d 'How long it holds, in days from now' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand token" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand rebuild-index" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand rebuild-index" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand erase" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand erase" -l host -d 'The host\'s key, 64 hexadecimal digits' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand erase" -l user -d 'The person who orders it, by name. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand erase" -l reason -d 'Why, with its legal basis. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand erase" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and not __fish_seen_subcommand_from place lift list help" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and not __fish_seen_subcommand_from place lift list help" -f -a "place" -d 'Place a hold: what it holds is neither erased nor dropped while it stands'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and not __fish_seen_subcommand_from place lift list help" -f -a "lift" -d 'Lift a hold'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and not __fish_seen_subcommand_from place lift list help" -f -a "list" -d 'List the holds, those that were lifted too'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and not __fish_seen_subcommand_from place lift list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l host -d 'One host, by its key' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l customer -d 'Every host enrolled for this customer' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l licence -d 'Every host enrolled under this licence' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l user -d 'The person who orders it, by name. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -l reason -d 'Why, with its legal basis. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from place" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from lift" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from lift" -l user -d 'The person who orders it, by name. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from lift" -l reason -d 'Why, with its legal basis. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from lift" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from list" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from help" -f -a "place" -d 'Place a hold: what it holds is neither erased nor dropped while it stands'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from help" -f -a "lift" -d 'Lift a hold'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the holds, those that were lifted too'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand hold; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand retain" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand retain" -l user -d 'The person who runs it, by name. Logged' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand retain" -l dry-run -d 'Say what would be dropped; drop nothing'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand retain" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and not __fish_seen_subcommand_from rotate retire list help" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and not __fish_seen_subcommand_from rotate retire list help" -f -a "rotate" -d 'Replace it: log a statement that the old and the new key sign'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and not __fish_seen_subcommand_from rotate retire list help" -f -a "retire" -d 'Close the log: after this nothing can be logged in it, erasures neither'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and not __fish_seen_subcommand_from rotate retire list help" -f -a "list" -d 'Print the statements, as the public page `/log-keys` has them'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and not __fish_seen_subcommand_from rotate retire list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from rotate" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from rotate" -l new -d 'The new key, as `domicile-certs log-key` makes it' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from retire" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from list" -l config -d 'The configuration' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Replace it: log a statement that the old and the new key sign'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from help" -f -a "retire" -d 'Close the log: after this nothing can be logged in it, erasures neither'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from help" -f -a "list" -d 'Print the statements, as the public page `/log-keys` has them'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand log-key; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l directory -d 'A signed directory: its anchors that have not expired, and its metros' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l trust -d 'The vendor\'s trust file, for the directory\'s signature' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l anchors -d 'Anchors as CSV: `name,vote,lat,lon` and, if wanted, `survey_error_m,clock_error_ppm`' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l operator -d 'Leave out the anchors of this operator: they do not count for its own hosts' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l deny -d 'Territories that must be excluded, by code; without it, all that are not permitted' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l permit -d 'Territories that a licence permits, by code' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l policy -d 'A policy file: plan for one of its licences' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l licence -d 'The licence; not needed when the policy has only one' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l metros -d 'Metros as CSV: `name,territory,lat,lon` and, if wanted, `weight`. Without it, those of the directory and large cities' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l min-population -d 'Cities with so many people are metros' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l candidates -d 'Where anchors could be added, as CSV of the metros\' shape. Without it, in any of the metros' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l weights -d 'What a metro counts when anchors are chosen' -r -f -a "equal\t'Every metro the same'
population\t'Its people (or the `weight` of the metros file)'"
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l lying-votes -d 'How many votes may lie; by default what policy and directory ask for, or 1' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l tier -d 'The tier of the verdicts: `c`, `0.69c` or `2/3c`; by default the licence\'s, or 0.69c' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l next -d 'Find up to so many places for further anchors' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l path-speed -d 'Honest paths: speed along the great circle, as a share of the speed of light' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l path-fixed-ms -d 'Honest paths: what every round trip has on top, in milliseconds' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l best-rtt-ms -d 'The shortest round trip that practice reaches within a metro, in milliseconds' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l format -d 'What is printed' -r -f -a "table\t'Tables, for people'
csv\t'One line for each metro and tier'
json\t'Everything, as one object'"
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l limits-out -d 'Also write the zone file for agents in coarse mode: one limit for each anchor, the longest round trip with which it excludes everything denied by itself' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l zone-name -d 'What the zone file is called; by default the licence' -r
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -l map -d 'Also draw a map' -r -F
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "run" -d 'Serve until SIGTERM or SIGINT. Prints `ready quic=ADDR api=ADDR` when it does, after a line `tunnel ADDR` for each address of `tunnel-listen` and `tiles ADDR` for `publish.listen`'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "check" -d 'Check the configuration and everything it names; change nothing'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "token" -d 'Make a bearer token for the API: print it once, and the entry of the access file that knows it by its hash. Reads and writes nothing'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "rebuild-index" -d 'Make the index anew from the log, then exit. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "erase" -d 'Erase the raw records of one host: reports, verdicts, liveness. Their places and hashes stay, so every proof does. Logged first. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "hold" -d 'Legal holds: what is held is neither erased nor dropped. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "retain" -d 'Drop the raw records of hosts that were last heard of longer ago than `retention.keep`. Logged first. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "log-key" -d 'The key that signs the log: replace it by a statement in the log itself. The collector must not be running'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "plan" -d 'Say which metros a set of anchors can confirm, within which round trips, and where another anchor helps most. Reads files, changes none, needs no running collector'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and not __fish_seen_subcommand_from run check token rebuild-index erase hold retain log-key plan help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from hold" -f -a "place" -d 'Place a hold: what it holds is neither erased nor dropped while it stands'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from hold" -f -a "lift" -d 'Lift a hold'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from hold" -f -a "list" -d 'List the holds, those that were lifted too'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from log-key" -f -a "rotate" -d 'Replace it: log a statement that the old and the new key sign'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from log-key" -f -a "retire" -d 'Close the log: after this nothing can be logged in it, erasures neither'
complete -c domicile-collector -n "__fish_domicile_collector_using_subcommand help; and __fish_seen_subcommand_from log-key" -f -a "list" -d 'Print the statements, as the public page `/log-keys` has them'
