# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_domicile_audit_global_optspecs
    string join \n format= profile= server= collector= identity-key= identity-cert= directory= trust= timeout= h/help V/version
end

function __fish_domicile_audit_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_domicile_audit_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_domicile_audit_using_subcommand
    set -l cmd (__fish_domicile_audit_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -s V -l version -d 'Print version'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "hosts" -d 'List enrolled hosts, whether they report, and their newest verdict'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "list" -d 'List verdicts by the time of their measurement, oldest first'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "show" -d 'Show one verdict in full'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "export" -d 'Take one verdict away as a self-contained bundle'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "verify" -d 'Verify a bundle offline: needs --trust and nothing else'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "exclusion" -d 'Write down, or check, that a verdict\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "incidents" -d 'List incidents of anchors: votes that contradict the others'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "mesh" -d 'List what the anchors\' mesh says is wrong with anchors, by today\'s and yesterday\'s reports'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "mesh-pairs" -d 'List the shortest round trip of each ordered pair of anchors'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "forks" -d 'List refused evidence: other bytes under a nonce that had been used'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l customer -d 'Of this customer' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l site -d 'At this site' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l licence -d 'Under this licence' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l state -d 'In this state: enrolled, reporting, late, silent, withdrawn' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l host -d 'Of the host with this key' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l value -d 'With this value, such as `permitted-excluded`' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l licence -d 'Under this licence' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l from -d 'Measured at or after this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l until -d 'Measured before this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l out -d 'The file to write; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -f -a "certify" -d 'Certify that a bundle\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -f -a "check" -d 'Check a certificate against the bundle that it was made for'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and not __fish_seen_subcommand_from certify check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l bundle -d 'The bundle\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l territory -d 'ISO 3166 code; give it several times for several territories, all excluded together' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l tier -d 'The fastest signal assumed: c, 0.69c, 2/3c [default: what the licence requires]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l out -d 'The certificate\'s file; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l bundle -d 'The bundle\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l territory -d 'ISO 3166 code; give it several times for several territories, all excluded together' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l tier -d 'The fastest signal assumed: c, 0.69c, 2/3c [default: what the licence requires]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from help" -f -a "certify" -d 'Certify that a bundle\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a certificate against the bundle that it was made for'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand incidents" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand forks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "hosts" -d 'List enrolled hosts, whether they report, and their newest verdict'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "list" -d 'List verdicts by the time of their measurement, oldest first'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "show" -d 'Show one verdict in full'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "export" -d 'Take one verdict away as a self-contained bundle'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "verify" -d 'Verify a bundle offline: needs --trust and nothing else'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "exclusion" -d 'Write down, or check, that a verdict\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "incidents" -d 'List incidents of anchors: votes that contradict the others'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "mesh" -d 'List what the anchors\' mesh says is wrong with anchors, by today\'s and yesterday\'s reports'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "mesh-pairs" -d 'List the shortest round trip of each ordered pair of anchors'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "forks" -d 'List refused evidence: other bytes under a nonce that had been used'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify exclusion incidents mesh mesh-pairs forks help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from exclusion" -f -a "certify" -d 'Certify that a bundle\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from exclusion" -f -a "check" -d 'Check a certificate against the bundle that it was made for'
