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
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "export" -d 'Take one verdict away as a self-contained bundle, or every verdict of a listing'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "verify" -d 'Verify a bundle offline: needs --trust and nothing else; or a receipt, or a log\'s files'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "monitor" -d 'Watch a log from outside: does it continue, is it what others were shown, who signed it?'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "proof" -d 'Fetch, or check offline, a proof that a record is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "consistency" -d 'Prove from the log\'s tiles that one checkpoint continues another'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "completeness" -d 'Take everything of a host away, or check such a file: is anything missing by the log\'s rosters?'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "replay" -d 'Recompute many verdicts from their bundles, offline or straight from the collector, and judge the same evidence by another policy: needs --trust'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "saved" -d 'Check listings that were saved with --save, offline'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "result" -d 'Fetch a verdict as a signed attestation result (EAT), verify it, compare it with its bundle'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "cose-receipt" -d 'Fetch, or verify offline, a COSE receipt that a verdict is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "timestamp" -d 'Verify a time stamp on a checkpoint, offline'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "device-report" -d 'Check what GPUs and switches signed, offline: needs nothing but the files'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "challenge" -d 'Challenge a host on site: is the box in front of an inspector the one on record?'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "exclusion" -d 'Write down, or check, that a verdict\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "devices" -d 'List devices and the host that each is with'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "device" -d 'Show where one device was'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "device-findings" -d 'List what does not fit about devices and host keys, by the time of measurement'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "licences" -d 'Count the devices seen under each licence, the last 30 days by default'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "policy" -d 'Judge by dated rules of export control, and check the packs that hold them'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "registry" -d 'Check and convert a registry of customers, sites, licences and devices'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "catalogue" -d 'Show what a PCI id stands for: model and export attributes, each with its public source'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "incidents" -d 'List incidents of anchors: votes that contradict the others'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "mesh" -d 'List what the anchors\' mesh says is wrong with anchors, by today\'s and yesterday\'s reports'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "mesh-pairs" -d 'List the shortest round trip of each ordered pair of anchors'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "queries" -d 'List every request to the API: who asked what and when. Operators: what touched their hosts'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "erasures" -d 'List what was erased, by whom and why; each is a record of the log'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "holds" -d 'List legal holds, those that were lifted too'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "forks" -d 'List refused evidence: other bytes under a nonce that had been used'
complete -c domicile-audit -n "__fish_domicile_audit_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l customer -d 'Of this customer' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l site -d 'At this site' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l licence -d 'Under this licence' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l state -d 'In this state: enrolled, reporting, late, silent, withdrawn' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand hosts" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand list" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l host -d 'Of the host with this key' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l value -d 'With this value, such as `permitted-excluded`' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l licence -d 'Under this licence' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l from -d 'Measured at or after this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l until -d 'Measured before this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand export" -l out -d 'The file to write, which must not exist; for filters the folder, where the same command goes on after it was broken off' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l receipt -d 'A receipt instead, as an agent keeps it (receipt.bin): is its promise kept? Needs --directory' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l data -d 'The folder of a log instead, as a collector keeps it (DATA/log): every byte of it' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l url -d 'With --receipt: where the log is published, a URL or a folder with a copy' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l at -d 'With --receipt: when the copy was taken, where no witness says so' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand verify" -l log -d 'Which witnesses must have signed the log\'s checkpoint (log.toml)' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l log -d 'The log\'s key, its witnesses and how many must sign (log.toml)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l url -d 'Where checkpoint and tiles are: http://HOST[:PORT][/PREFIX], or a folder with a copy' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l state -d 'The folder in which the monitor remembers; one for each log' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l witness -d 'A witness to ask what it saw; may be repeated' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l gossip -d 'Heads that others were shown: bundles, what an anchor keeps, checkpoints, or a folder of them' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l every -d 'Look this often until something speaks against the log [default: once]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand monitor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -f -a "fetch" -d 'Fetch the proof of a record from the log\'s tiles'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -f -a "check" -d 'Check a proof offline: the record is in the log, and witnesses have signed that'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and not __fish_seen_subcommand_from fetch check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l log -d 'The log\'s key, its witnesses and how many must sign (log.toml)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l url -d 'Where checkpoint and tiles are: http://HOST[:PORT][/PREFIX], or a folder with a copy' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l index -d 'Index of the record' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l out -d 'The file to write, such as 123.tlog-proof; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l log -d 'The log\'s key, its witnesses and how many must sign (log.toml)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Fetch the proof of a record from the log\'s tiles'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a proof offline: the record is in the log, and witnesses have signed that'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand proof; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l log -d 'The log\'s key, its witnesses and how many must sign (log.toml)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l url -d 'Where checkpoint and tiles are: http://HOST[:PORT][/PREFIX], or a folder with a copy' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand consistency" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l from -d 'Start of the time, RFC 3339; with --records by default as asked then' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l to -d 'End of the time' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l records -d 'Check this file, as --out wrote it, instead of asking the collector' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l out -d 'Write what the collector gave; the file must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l url -d 'Count the public leaves, too: where the log is published, a URL or a folder with a copy' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l log -d 'Which witnesses must have signed the log\'s checkpoint (log.toml)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand completeness" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l range -d 'Every verdict measured from FROM on and before UNTIL, straight from the collector; needs server access. Broken off, the same command goes on' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l out -d 'With --range: the file of the results, NDJSON; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l policy -d 'Judge by this policy file besides, and show what changes' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l as-of -d 'Rules that hold on this day [default: today, UTC]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l known-on -d 'Rules that were recorded on this day or before [default: the day judged]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l pack -d 'A pack or a folder of them; several times for several [default: those that come with it]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l registry -d 'The registry of licences: a TOML file, or a folder with its CSV files' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -f -a "verify" -d 'Check that a collector signed these answers and that the tables are made of them: needs --directory and --trust'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and not __fish_seen_subcommand_from verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check that a collector signed these answers and that the tables are made of them: needs --directory and --trust'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand saved; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -f -a "fetch" -d 'Fetch a verdict\'s attestation result from the collector'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -f -a "verify" -d 'Verify an attestation result offline and show every claim'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -f -a "check" -d 'Compute the result again from the verdict\'s bundle, and compare'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and not __fish_seen_subcommand_from fetch verify check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l out -d 'The file to write; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l form -d 'COSE_Sign1 over CBOR, or JWS over JSON' -r -f -a "cose\t'COSE_Sign1 over deterministic CBOR'
jws\t'JWS over JSON'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l nonce -d 'Have it signed with this nonce, 16 to 128 hexadecimal digits: it is then no older than that' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l result -d 'The result\'s file, in either form' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l key -d 'The collector\'s key, 64 hexadecimal digits; several times for several [default: those of --directory, checked with --trust]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l at -d 'The time at which it must not have expired (RFC 3339) [default: now]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l result -d 'The result\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l bundle -d 'The bundle\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Fetch a verdict\'s attestation result from the collector'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify an attestation result offline and show every claim'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from help" -f -a "check" -d 'Compute the result again from the verdict\'s bundle, and compare'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand result; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -f -a "fetch" -d 'Fetch a receipt that a verdict is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -f -a "verify" -d 'Verify a receipt offline, for the record of a bundle that it names by its index'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and not __fish_seen_subcommand_from fetch verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l out -d 'The file to write; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l receipt -d 'The receipt\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l bundle -d 'The bundle\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Fetch a receipt that a verdict is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify a receipt offline, for the record of a bundle that it names by its index'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand cose-receipt; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -f -a "verify" -d 'Verify that an authority (RFC 3161) stamped a checkpoint, and say when'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and not __fish_seen_subcommand_from verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l token -d 'The token, DER, as the collector keeps it: SIZE.tst' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l checkpoint -d 'The checkpoint that it is of: SIZE.note beside it' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l root -d 'Roots of the authority\'s certificates, PEM' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify that an authority (RFC 3161) stamped a checkpoint, and say when'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand timestamp; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -f -a "verify" -d 'Verify SPDM measurement reports; each check is a result of its own'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and not __fish_seen_subcommand_from verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l report -d 'A report: hexadecimal text, or its bytes' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l chain -d 'The report\'s certificate chain, PEM, leaf first' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l evidence -d 'Evidence of the vendor\'s SDK, JSON; several times for the files of one board' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l nonce -d 'The nonce that the devices had to sign, 64 hexadecimal digits' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l root -d 'Roots of the chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l crl -d 'A revocation list or an OCSP response; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l reference-values -d 'Digests that somebody vouches for, TOML' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l at -d 'The time at which chains must be valid (RFC 3339) [default: now]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify SPDM measurement reports; each check is a result of its own'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-report; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -f -a "make" -d 'Make a nonce to be read to a host, and the file that its answer is checked with'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -f -a "check" -d 'Say whether the host that answered is the one on record'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and not __fish_seen_subcommand_from make check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l out -d 'The file to write, readable by its owner alone; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l host -d 'The only host whose answer counts: its key, 64 hexadecimal digits, as `hosts` shows it' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l valid -d 'How long an answer counts' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from make" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l challenge -d 'The challenge\'s file' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l bundle -d 'A bundle, or a folder of them, of one host or of many; needs --trust' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l records -d 'A host\'s records, as `completeness --out` writes them; needs --trust' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l key -d 'A host\'s key, 64 hexadecimal digits: says who answered, and compares nothing else' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l at -d 'When the code was read off the host\'s screen, by the inspector\'s clock [default: now]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from help" -f -a "make" -d 'Make a nonce to be read to a host, and the file that its answer is checked with'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say whether the host that answered is the one on record'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand challenge; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from certify" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l device-roots -d 'Roots of devices\' chains, PEM [default: the vendor\'s own, built in]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand exclusion; and __fish_seen_subcommand_from check" -l tpm-roots -d 'TPM makers\' certificates, PEM or DER; several times for several' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l customer -d 'Of this customer' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l licence -d 'Under this licence' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand devices" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l kind -d 'Of this kind, such as `device-on-two-hosts`' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l from -d 'Measured at or after this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l until -d 'Measured before this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand device-findings" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l from -d 'Measured at or after this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l until -d 'Measured before this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand licences" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "lint" -d 'Check packs that are used together; exits 1 when one has an error'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "test" -d 'Run the examples that stand in the packs; exits 1 when one is not met'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "judge" -d 'What the rules say about one device at one place'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "diff" -d 'Whose answers change from one set of packs to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "rejudge" -d 'Judge a whole fleet anew, into a file; broken off, the same command goes on'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "build" -d 'Make the policy file that verdicts use, from packs and the registry'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "sign" -d 'Sign a pack with the vendor\'s directory key'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "shipped" -d 'Write the packs that come with this program into a folder, to read and change'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and not __fish_seen_subcommand_from lint test judge diff rejudge build sign shipped help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l pack -d 'A pack or a folder of them; several times for several [default: those that come with it]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l as-of -d 'Rules that hold on this day [default: today, UTC]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l known-on -d 'Rules that were recorded on this day or before [default: the day judged]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l vendor -d 'Who sells the device, such as nvidia' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l family -d 'Its architecture, such as hopper' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l model -d 'Its model, such as H200; a model that a pack knows brings its numbers' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l eccn -d 'Its export control classification number' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l tpp -d 'Total processing performance' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l performance-density -d 'TPP per mm² of die' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l memory-bandwidth -d 'DRAM bandwidth, GB/s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l interconnect-bandwidth -d 'Bandwidth to other circuits, both ways together, GB/s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l territory -d 'Where it operates or is to go, ISO 3166' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l shipped-from -d 'Where it was shipped from, ISO 3166' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l headquarters -d 'Seats of the end user and of all its parents: "SG" or "SG CN"' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l public-funding -d 'Whether public money pays for the site' -r -f -a "true\t''
false\t''"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l history -d 'Every day on which the answer changed, each judged by what was known that day'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -l no-licence -d 'It is known that no licence is held'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from judge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l with -d 'Packs that both are used with, such as models' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l hosts -d 'CSV with the column `host` and the facts as columns: model, territory, headquarters, ...' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l as-of -d 'Rules that hold on this day [default: today, UTC]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l known-on -d 'Rules that were recorded on this day or before [default: the day judged]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -l each -d 'Every host whose answer changes, instead of how many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l with -d 'Packs that both are used with, such as models' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l hosts -d 'CSV with the column `host` and the facts as columns: model, territory, headquarters, ...' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l out -d 'The file to write, NDJSON with one line for each host; it must not exist. What is not finished stands in FILE.part' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l checkpoint -d 'Hosts after which it can go on if it is broken off' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l as-of -d 'Rules that hold on this day [default: today, UTC]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l known-on -d 'Rules that were recorded on this day or before [default: the day judged]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from rejudge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l pack -d 'A pack or a folder of them; several times for several [default: those that come with it]' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l registry -d 'The registry: a TOML file, or a folder with its CSV files' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l number -d 'The policy file\'s version number' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l out -d 'The policy file; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l as-of -d 'Rules that hold on this day [default: today, UTC]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l known-on -d 'Rules that were recorded on this day or before [default: the day judged]' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l key -d 'The vendor\'s directory.key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l with -d 'Packs that it is used with, when it names groups, classes or rules of theirs' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l out -d 'The signed pack, ending in .signed; it must not exist' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l out -d 'The folder; none of the files may exist in it' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from shipped" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "lint" -d 'Check packs that are used together; exits 1 when one has an error'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "test" -d 'Run the examples that stand in the packs; exits 1 when one is not met'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "judge" -d 'What the rules say about one device at one place'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Whose answers change from one set of packs to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "rejudge" -d 'Judge a whole fleet anew, into a file; broken off, the same command goes on'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "build" -d 'Make the policy file that verdicts use, from packs and the registry'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign a pack with the vendor\'s directory key'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "shipped" -d 'Write the packs that come with this program into a folder, to read and change'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -f -a "check" -d 'Check a registry; exits 1 when it does not hold together'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -f -a "convert" -d 'Write a registry in the other form'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -f -a "changes" -d 'The entry of the change log for going from one registry to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and not __fish_seen_subcommand_from check convert changes help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l who -d 'Who makes the change' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l why -d 'Why it is made' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from changes" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a registry; exits 1 when it does not hold together'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "convert" -d 'Write a registry in the other form'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "changes" -d 'The entry of the change log for going from one registry to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -f -a "list" -d 'List every device'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -f -a "lookup" -d 'Show one device; an unknown one is said to be unknown'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and not __fish_seen_subcommand_from list lookup help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l subsystem -d 'PCI subsystem ids: the one board, where it has a row of its own' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from lookup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every device'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "lookup" -d 'Show one device; an unknown one is said to be unknown'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand mesh-pairs" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l user -d 'Of this user' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l operator -d 'About hosts of this operator' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l from -d 'Asked at or after this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l until -d 'Asked before this time (RFC 3339)' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand queries" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand erasures" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l limit -d 'Rows at most' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l cursor -d 'Go on where an earlier listing ended' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l save -d 'Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -l all -d 'Every row, however many'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand holds" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "hosts" -d 'List enrolled hosts, whether they report, and their newest verdict'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "list" -d 'List verdicts by the time of their measurement, oldest first'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "show" -d 'Show one verdict in full'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "export" -d 'Take one verdict away as a self-contained bundle, or every verdict of a listing'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "verify" -d 'Verify a bundle offline: needs --trust and nothing else; or a receipt, or a log\'s files'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "monitor" -d 'Watch a log from outside: does it continue, is it what others were shown, who signed it?'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "proof" -d 'Fetch, or check offline, a proof that a record is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "consistency" -d 'Prove from the log\'s tiles that one checkpoint continues another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "completeness" -d 'Take everything of a host away, or check such a file: is anything missing by the log\'s rosters?'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "replay" -d 'Recompute many verdicts from their bundles, offline or straight from the collector, and judge the same evidence by another policy: needs --trust'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "saved" -d 'Check listings that were saved with --save, offline'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "result" -d 'Fetch a verdict as a signed attestation result (EAT), verify it, compare it with its bundle'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "cose-receipt" -d 'Fetch, or verify offline, a COSE receipt that a verdict is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "timestamp" -d 'Verify a time stamp on a checkpoint, offline'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "device-report" -d 'Check what GPUs and switches signed, offline: needs nothing but the files'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "challenge" -d 'Challenge a host on site: is the box in front of an inspector the one on record?'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "exclusion" -d 'Write down, or check, that a verdict\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "devices" -d 'List devices and the host that each is with'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "device" -d 'Show where one device was'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "device-findings" -d 'List what does not fit about devices and host keys, by the time of measurement'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "licences" -d 'Count the devices seen under each licence, the last 30 days by default'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "policy" -d 'Judge by dated rules of export control, and check the packs that hold them'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "registry" -d 'Check and convert a registry of customers, sites, licences and devices'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "catalogue" -d 'Show what a PCI id stands for: model and export attributes, each with its public source'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "incidents" -d 'List incidents of anchors: votes that contradict the others'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "mesh" -d 'List what the anchors\' mesh says is wrong with anchors, by today\'s and yesterday\'s reports'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "mesh-pairs" -d 'List the shortest round trip of each ordered pair of anchors'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "queries" -d 'List every request to the API: who asked what and when. Operators: what touched their hosts'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "erasures" -d 'List what was erased, by whom and why; each is a record of the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "holds" -d 'List legal holds, those that were lifted too'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "forks" -d 'List refused evidence: other bytes under a nonce that had been used'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and not __fish_seen_subcommand_from hosts list show export verify monitor proof consistency completeness replay saved result cose-receipt timestamp device-report challenge exclusion devices device device-findings licences policy registry catalogue incidents mesh mesh-pairs queries erasures holds forks help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "fetch" -d 'Fetch the proof of a record from the log\'s tiles'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from proof" -f -a "check" -d 'Check a proof offline: the record is in the log, and witnesses have signed that'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from saved" -f -a "verify" -d 'Check that a collector signed these answers and that the tables are made of them: needs --directory and --trust'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from result" -f -a "fetch" -d 'Fetch a verdict\'s attestation result from the collector'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from result" -f -a "verify" -d 'Verify an attestation result offline and show every claim'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from result" -f -a "check" -d 'Compute the result again from the verdict\'s bundle, and compare'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from cose-receipt" -f -a "fetch" -d 'Fetch a receipt that a verdict is in the log'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from cose-receipt" -f -a "verify" -d 'Verify a receipt offline, for the record of a bundle that it names by its index'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from timestamp" -f -a "verify" -d 'Verify that an authority (RFC 3161) stamped a checkpoint, and say when'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from device-report" -f -a "verify" -d 'Verify SPDM measurement reports; each check is a result of its own'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from challenge" -f -a "make" -d 'Make a nonce to be read to a host, and the file that its answer is checked with'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from challenge" -f -a "check" -d 'Say whether the host that answered is the one on record'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from exclusion" -f -a "certify" -d 'Certify that a bundle\'s measurements exclude territories'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from exclusion" -f -a "check" -d 'Check a certificate against the bundle that it was made for'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "lint" -d 'Check packs that are used together; exits 1 when one has an error'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "test" -d 'Run the examples that stand in the packs; exits 1 when one is not met'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "judge" -d 'What the rules say about one device at one place'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "diff" -d 'Whose answers change from one set of packs to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "rejudge" -d 'Judge a whole fleet anew, into a file; broken off, the same command goes on'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "build" -d 'Make the policy file that verdicts use, from packs and the registry'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "sign" -d 'Sign a pack with the vendor\'s directory key'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "shipped" -d 'Write the packs that come with this program into a folder, to read and change'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "check" -d 'Check a registry; exits 1 when it does not hold together'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "convert" -d 'Write a registry in the other form'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "changes" -d 'The entry of the change log for going from one registry to another'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from catalogue" -f -a "list" -d 'List every device'
complete -c domicile-audit -n "__fish_domicile_audit_using_subcommand help; and __fish_seen_subcommand_from catalogue" -f -a "lookup" -d 'Show one device; an unknown one is said to be unknown'
