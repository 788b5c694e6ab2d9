# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_domicile_desk_global_optspecs
    string join \n format= key= profile= server= collector= identity-key= identity-cert= directory= trust= timeout= h/help V/version
end

function __fish_domicile_desk_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_domicile_desk_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_domicile_desk_using_subcommand
    set -l cmd (__fish_domicile_desk_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -s V -l version -d 'Print version'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -f -a "flags" -d 'Look at flags'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -f -a "case" -d 'Work on cases'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -f -a "registry" -d 'Read and change the registry of customers, sites, licences and devices'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -f -a "declare" -d 'Declare where a host is, and why it may be silent'
complete -c domicile-desk -n "__fish_domicile_desk_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -f -a "list" -d 'List flags, oldest first'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -f -a "show" -d 'Show one flag, with what it proves and what it does not'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and not __fish_seen_subcommand_from list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l code -d 'Only this flag, such as `silence`' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l severity -d 'Only flags of this severity: note, low, medium, high' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l state -d 'Only flags in this state: open, cleared' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l host -d 'Only flags that name this host' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l limit -d 'Rows at most' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l cursor -d 'Go on behind a listing that had more' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from help" -f -a "list" -d 'List flags, oldest first'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one flag, with what it proves and what it does not'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand flags; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "open" -d 'Open a case about flags; an operator opens one by contesting a flag or a verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "list" -d 'List cases by their numbers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "show" -d 'Show a case with its steps'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "comment" -d 'Say something'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "explain" -d 'The question is answered: `inquiry` becomes `explained`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "review" -d 'It needs looking into: `inquiry` becomes `under-review`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "unsubstantiate" -d 'The records do not show it: `under-review` becomes `unsubstantiated`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "propose" -d 'Ask two approvers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "approve" -d 'Agree with what is proposed; needs --seen, so that you agree with what you read'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "decline" -d 'Take what is proposed off the table'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "contest" -d 'Disagree, as the operator of the hosts'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "answer" -d 'Answer an operator\'s contest'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "link" -d 'Another flag belongs to the case'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "attach" -d 'A document belongs to the case: its hash is logged, the document stays here'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "deadline" -d 'Set another day until which the next step is due'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "close" -d 'Nothing more is to be done'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "pack" -d 'Take the report on a case away: a page, its records with proofs, a bundle for each verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "check" -d 'Check a folder that `case pack` made, offline: needs --trust and --directory'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and not __fish_seen_subcommand_from open list show comment explain review unsubstantiate propose approve decline contest answer link attach deadline close pack check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l flag -d 'A flag\'s id' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l verdict -d 'A verdict that you contest as the host\'s operator: its id' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l operator -d 'Whose hosts it is about, where the flags name no host' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l state -d 'Only cases in this state, such as `under-review`' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l operator -d 'Only cases about this operator\'s hosts' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l limit -d 'Rows at most' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l cursor -d 'Go on behind a listing that had more' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -l overdue -d 'Only cases whose next step is due'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from comment" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from review" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from unsubstantiate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from propose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from decline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from contest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from answer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l flag -d 'The flag\'s id' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l file -d 'The document' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l name -d 'What it is; by default the file\'s name' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from deadline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l seen -d 'The version that you saw, as `case show` shows it; by default the one it has now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l out -d 'A folder that does not exist yet' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -l draft -d 'Also where two approvers have not agreed; the page says on each sheet that it is a draft'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from pack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "open" -d 'Open a case about flags; an operator opens one by contesting a flag or a verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "list" -d 'List cases by their numbers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a case with its steps'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "comment" -d 'Say something'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "explain" -d 'The question is answered: `inquiry` becomes `explained`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "review" -d 'It needs looking into: `inquiry` becomes `under-review`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "unsubstantiate" -d 'The records do not show it: `under-review` becomes `unsubstantiated`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "propose" -d 'Ask two approvers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "approve" -d 'Agree with what is proposed; needs --seen, so that you agree with what you read'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "decline" -d 'Take what is proposed off the table'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "contest" -d 'Disagree, as the operator of the hosts'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "answer" -d 'Answer an operator\'s contest'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "link" -d 'Another flag belongs to the case'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "attach" -d 'A document belongs to the case: its hash is logged, the document stays here'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "deadline" -d 'Set another day until which the next step is due'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "close" -d 'Nothing more is to be done'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "pack" -d 'Take the report on a case away: a page, its records with proofs, a bundle for each verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a folder that `case pack` made, offline: needs --trust and --directory'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -f -a "get" -d 'Fetch the registry as it is in force'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -f -a "put" -d 'Put another registry in force'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and not __fish_seen_subcommand_from get put help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l out -d 'Where to; by default it is printed' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l seen -d 'The version that it is made from; by default the one in force' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "get" -d 'Fetch the registry as it is in force'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "put" -d 'Put another registry in force'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l from -d 'Since when, RFC 3339; by default now' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l until -d 'Until when, RFC 3339; by default until another declaration' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l text -d 'What is said, and logged' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l text-file -d 'A file with what is said; `-` is standard input' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l format -d 'How answers are written' -r -f -a "table\t'For people'
json\t'One document'
ndjson\t'One row a line'
csv\t'A line of names, then one row a line'"
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l key -d 'Names a write, so that it is done once however often it is sent; by default a new random one' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l profile -d 'TOML file with the options below (kebab-case)' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l server -d 'HTTPS address of the collector, host:port' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l collector -d 'Name of the collector in the directory; needed when it lists several' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l identity-key -d 'The auditor\'s private key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l identity-cert -d 'The auditor\'s certificate' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l directory -d 'The vendor\'s signed directory: it pins the collector\'s key' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l trust -d 'The vendor\'s trust.toml' -r -F
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -l timeout -d 'How long one question may take, such as 30s' -r
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand declare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and not __fish_seen_subcommand_from flags case registry declare help" -f -a "flags" -d 'Look at flags'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and not __fish_seen_subcommand_from flags case registry declare help" -f -a "case" -d 'Work on cases'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and not __fish_seen_subcommand_from flags case registry declare help" -f -a "registry" -d 'Read and change the registry of customers, sites, licences and devices'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and not __fish_seen_subcommand_from flags case registry declare help" -f -a "declare" -d 'Declare where a host is, and why it may be silent'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and not __fish_seen_subcommand_from flags case registry declare help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from flags" -f -a "list" -d 'List flags, oldest first'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from flags" -f -a "show" -d 'Show one flag, with what it proves and what it does not'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "open" -d 'Open a case about flags; an operator opens one by contesting a flag or a verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "list" -d 'List cases by their numbers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "show" -d 'Show a case with its steps'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "comment" -d 'Say something'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "explain" -d 'The question is answered: `inquiry` becomes `explained`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "review" -d 'It needs looking into: `inquiry` becomes `under-review`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "unsubstantiate" -d 'The records do not show it: `under-review` becomes `unsubstantiated`'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "propose" -d 'Ask two approvers'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "approve" -d 'Agree with what is proposed; needs --seen, so that you agree with what you read'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "decline" -d 'Take what is proposed off the table'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "contest" -d 'Disagree, as the operator of the hosts'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "answer" -d 'Answer an operator\'s contest'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "link" -d 'Another flag belongs to the case'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "attach" -d 'A document belongs to the case: its hash is logged, the document stays here'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "deadline" -d 'Set another day until which the next step is due'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "close" -d 'Nothing more is to be done'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "pack" -d 'Take the report on a case away: a page, its records with proofs, a bundle for each verdict'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "check" -d 'Check a folder that `case pack` made, offline: needs --trust and --directory'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "get" -d 'Fetch the registry as it is in force'
complete -c domicile-desk -n "__fish_domicile_desk_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "put" -d 'Put another registry in force'
