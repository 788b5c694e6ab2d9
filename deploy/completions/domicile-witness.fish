# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_domicile_witness_global_optspecs
    string join \n h/help V/version
end

function __fish_domicile_witness_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_domicile_witness_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_domicile_witness_using_subcommand
    set -l cmd (__fish_domicile_witness_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -s h -l help -d 'Print help'
complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -s V -l version -d 'Print version'
complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -f -a "keygen" -d 'Make the witness\'s key; prints its public half, for logs and auditors'
complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -f -a "run" -d 'Serve until SIGTERM or SIGINT. Prints `ready ADDR` when it does'
complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -f -a "check" -d 'Check the configuration and everything it names; print key and logs; change nothing'
complete -c domicile-witness -n "__fish_domicile_witness_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand keygen" -l name -d 'The witness\'s name, such as witness.example.org/w1' -r
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand keygen" -l out -d 'The file to write; it must not exist' -r -F
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand keygen" -s h -l help -d 'Print help'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand run" -l config -d 'The configuration' -r -F
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand run" -s h -l help -d 'Print help'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand check" -l config -d 'The configuration' -r -F
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand check" -s h -l help -d 'Print help'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand help; and not __fish_seen_subcommand_from keygen run check help" -f -a "keygen" -d 'Make the witness\'s key; prints its public half, for logs and auditors'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand help; and not __fish_seen_subcommand_from keygen run check help" -f -a "run" -d 'Serve until SIGTERM or SIGINT. Prints `ready ADDR` when it does'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand help; and not __fish_seen_subcommand_from keygen run check help" -f -a "check" -d 'Check the configuration and everything it names; print key and logs; change nothing'
complete -c domicile-witness -n "__fish_domicile_witness_using_subcommand help; and not __fish_seen_subcommand_from keygen run check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
