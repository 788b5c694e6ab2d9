# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_domiciled_global_optspecs
    string join \n config= state-dir= v/verbose h/help V/version
end

function __fish_domiciled_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_domiciled_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_domiciled_using_subcommand
    set -l cmd (__fish_domiciled_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c domiciled -n "__fish_domiciled_needs_command" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_needs_command" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_needs_command" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_needs_command" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_needs_command" -s V -l version -d 'Print version'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "enrol" -d 'Opt this host in. The key is made here and never leaves'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "run" -d 'Measure and report at intervals, until SIGTERM'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "once" -d 'One session: measure, report, wait for the receipt'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "device" -d 'One reading of the devices, for the request on standard input'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "tpm" -d 'The TPM\'s part of an enrolment, over standard input'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "arm" -d 'Let GPUs sign in confidential-computing mode, or again after a call that failed'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "show" -d 'Print the exact bytes that would be sent, and what each field reveals. Sends nothing'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "status" -d 'What this agent is, has and last did. Reads files only'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "prove" -d 'Print how the running processes are confined, and how to check each point from outside'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "answer" -d 'Answer an inspector who stands before this host. Sends nothing, writes nothing'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "check" -d 'Check the configuration'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "directory" -d 'The vendor\'s signed list of servers'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "zone" -d 'The vendor\'s limits for coarse mode'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "withdraw" -d 'Opt out: tell the collector once, erase key and state'
complete -c domiciled -n "__fish_domiciled_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l token-file -d 'The token\'s file; `-` reads stdin' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l collector -d 'Ask this address instead of the directory\'s (same key)' -r
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l unless-enrolled -d 'Succeed, and do nothing, where this host is enrolled already'
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand enrol" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l device-socket -d 'Get readings from systemd\'s socket, not by an own device process' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l supervised -d 'This is the network process; standard input is the supervisor\'s socket'
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l coarse -d 'Reveal the licence zone only, whatever the configuration says'
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand run" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l device-socket -d 'Get readings from systemd\'s socket, not by an own device process' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l supervised -d 'This is the network process; standard input is the supervisor\'s socket'
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l coarse -d 'Reveal the licence zone only, whatever the configuration says'
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand once" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -l inventory-only -d 'Ask no GPU to sign'
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand device" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand tpm" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand tpm" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand tpm" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand tpm" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand tpm" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand arm" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand arm" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand arm" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand arm" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -l coarse -d 'As in coarse mode, whatever the configuration says'
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -l json -d 'As JSON'
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand show" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand status" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand status" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand status" -l json -d 'As JSON'
complete -c domiciled -n "__fish_domiciled_using_subcommand status" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand status" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand prove" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand prove" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand prove" -l json -d 'As JSON'
complete -c domiciled -n "__fish_domiciled_using_subcommand prove" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand prove" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand answer" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand answer" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand answer" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand answer" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand answer" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand check" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand check" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand check" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand check" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -f -a "install" -d 'Check a directory under the pinned vendor key and install it. Versions only rise'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -f -a "allow-list" -d 'Print the addresses that the agent needs, for the firewall, systemd or the chart'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and not __fish_seen_subcommand_from install allow-list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from install" -l trust -d 'The vendor\'s trust file; the first one given is pinned' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from install" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from install" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -l format -d 'For whom' -r -f -a "nft\t'An nftables ruleset: the agent\'s user may reach these servers and nothing else'
systemd\t'A drop-in for `domiciled.service`'
helm\t'Values for the chart\'s network policy'"
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -l user -d 'The account that the agent runs as' -r
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -l proxy -d 'A proxy on the way, IP:PORT; the configuration\'s own is listed anyway' -r
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from allow-list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from help" -f -a "install" -d 'Check a directory under the pinned vendor key and install it. Versions only rise'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from help" -f -a "allow-list" -d 'Print the addresses that the agent needs, for the firewall, systemd or the chart'
complete -c domiciled -n "__fish_domiciled_using_subcommand directory; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -f -a "install" -d 'Check a zone file, install it and print what it reveals'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -f -a "show" -d 'Print what the installed zone file reveals'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and not __fish_seen_subcommand_from install show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from install" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from install" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from show" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from show" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "install" -d 'Check a zone file, install it and print what it reveals'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print what the installed zone file reveals'
complete -c domiciled -n "__fish_domiciled_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand withdraw" -l config -d 'Configuration [default: /etc/domicile/domiciled.toml if it exists]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand withdraw" -l state-dir -d 'State folder [default: /var/lib/domicile]' -r -F
complete -c domiciled -n "__fish_domiciled_using_subcommand withdraw" -l allow-unconfined -d 'Run even where the kernel or container lacks a layer of confinement'
complete -c domiciled -n "__fish_domiciled_using_subcommand withdraw" -s v -l verbose -d 'Say more on stderr; peer addresses appear from here on'
complete -c domiciled -n "__fish_domiciled_using_subcommand withdraw" -s h -l help -d 'Print help'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "enrol" -d 'Opt this host in. The key is made here and never leaves'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "run" -d 'Measure and report at intervals, until SIGTERM'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "once" -d 'One session: measure, report, wait for the receipt'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "device" -d 'One reading of the devices, for the request on standard input'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "tpm" -d 'The TPM\'s part of an enrolment, over standard input'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "arm" -d 'Let GPUs sign in confidential-computing mode, or again after a call that failed'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "show" -d 'Print the exact bytes that would be sent, and what each field reveals. Sends nothing'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "status" -d 'What this agent is, has and last did. Reads files only'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "prove" -d 'Print how the running processes are confined, and how to check each point from outside'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "answer" -d 'Answer an inspector who stands before this host. Sends nothing, writes nothing'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "check" -d 'Check the configuration'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "directory" -d 'The vendor\'s signed list of servers'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "zone" -d 'The vendor\'s limits for coarse mode'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "withdraw" -d 'Opt out: tell the collector once, erase key and state'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and not __fish_seen_subcommand_from enrol run once device tpm arm show status prove answer check directory zone withdraw help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and __fish_seen_subcommand_from directory" -f -a "install" -d 'Check a directory under the pinned vendor key and install it. Versions only rise'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and __fish_seen_subcommand_from directory" -f -a "allow-list" -d 'Print the addresses that the agent needs, for the firewall, systemd or the chart'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "install" -d 'Check a zone file, install it and print what it reveals'
complete -c domiciled -n "__fish_domiciled_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "show" -d 'Print what the installed zone file reveals'
