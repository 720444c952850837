# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_alongside_global_optspecs
    string join \n data-dir= port= config= name= set= test-clock h/help V/version
end

function __fish_alongside_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_alongside_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_alongside_using_subcommand
    set -l cmd (__fish_alongside_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c alongside -n "__fish_alongside_needs_command" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_needs_command" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_needs_command" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_needs_command" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_needs_command" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_needs_command" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_needs_command" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_needs_command" -s V -l version -d 'Print version'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "serve" -d 'Runs the server (also without any verb)'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "setup-link" -d 'Prints a fresh one-time setup link, good for 30 minutes'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "config" -d 'Tells what is configured, and what could be'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "health" -d 'Says whether the instance answers'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "install" -d 'Makes a service of this program, on machines with systemd and without a package of it'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "uninstall" -d 'Ends that service and takes it away; the data stays'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "doctor" -d 'Looks at everything and says what to do; ends with 0, 1 for a warning or 2 for a fault'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "backup" -d 'Makes a backup of everything: database, authority, keys, configuration'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "restore" -d 'Brings a backup back; what is there is kept beside it. The server must not be running'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "bench" -d 'Measures what this machine carries'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "log" -d 'Changes how much the running server\'s log says'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "admin" -d 'Lets the people who look after the instance in again'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "new-authority" -d 'Sets the house\'s own certificate authority aside: the next start makes another, which every device must trust anew'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "member" -d 'Looks after one member'
complete -c alongside -n "__fish_alongside_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l demo -d 'Makes a throw-away instance with a few members and a session that starts in two minutes'
complete -c alongside -n "__fish_alongside_using_subcommand serve" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand serve" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand setup-link" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "check" -d 'Says whether everything written is sound, and changes nothing. Another file is named by --config FILE'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "show" -d 'Prints every key with what holds in the running instance and where it was said; secrets are masked'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "reference" -d 'Prints what every key means'
complete -c alongside -n "__fish_alongside_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Says it as JSON'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from reference" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Says whether everything written is sound, and changes nothing. Another file is named by --config FILE'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Prints every key with what holds in the running instance and where it was said; secrets are masked'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "reference" -d 'Prints what every key means'
complete -c alongside -n "__fish_alongside_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand health" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand health" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand health" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand health" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand health" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand health" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand health" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand install" -l root -d 'Puts everything below this directory, and starts nothing' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand install" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand install" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand install" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand install" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand install" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand install" -l lan-only -d 'For one house only: port 8443, and nothing passes to or from the internet'
complete -c alongside -n "__fish_alongside_using_subcommand install" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand install" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l root -d 'Removes what is below this directory, and ends nothing' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l purge -d 'Takes the data away as well: everything that members trusted this machine with'
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand uninstall" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l json -d 'Says it as JSON'
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l fix -d 'First mends what is safe to mend: a missing directory, files that others may read'
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l to -d 'A folder to put it in, or - for the standard output [default: the folder of the nightly backups]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l passphrase-file -d 'A file with the passphrase that locks backups [default: the configuration\'s]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -f -a "list" -d 'Lists the backups that are there'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -f -a "verify" -d 'Unpacks a backup in a place of its own and looks all of it through'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and not __fish_seen_subcommand_from list verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l passphrase-file -d 'A file with the passphrase that locks backups [default: the configuration\'s]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l passphrase-file -d 'A file with the passphrase that locks backups [default: the configuration\'s]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists the backups that are there'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Unpacks a backup in a place of its own and looks all of it through'
complete -c alongside -n "__fish_alongside_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l passphrase-file -d 'A file with the passphrase that locks backups [default: the configuration\'s]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand restore" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand restore" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -f -a "media" -d 'Runs the relay and the media engine on loopback for some seconds and keeps what they carry, for the rule that says "full"'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and not __fish_seen_subcommand_from media help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l anyway -d 'Measures also while calls are under way'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l json -d 'Prints the figures as JSON'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l dry-run -d 'Prints the figures and keeps nothing'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from media" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "media" -d 'Runs the relay and the media engine on loopback for some seconds and keeps what they carry, for the rule that says "full"'
complete -c alongside -n "__fish_alongside_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -f -a "more" -d 'Says more for an hour, then as much as before by itself'
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -f -a "usual" -d 'Says as much as usual again'
complete -c alongside -n "__fish_alongside_using_subcommand log; and not __fish_seen_subcommand_from more usual help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from more" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from usual" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "more" -d 'Says more for an hour, then as much as before by itself'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "usual" -d 'Says as much as usual again'
complete -c alongside -n "__fish_alongside_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -f -a "recover" -d 'Prints a link by which an admin chooses a new password; lets them in again where they were paused or no admin any more'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and not __fish_seen_subcommand_from recover help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from recover" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "recover" -d 'Prints a link by which an admin chooses a new password; lets them in again where they were paused or no admin any more'
complete -c alongside -n "__fish_alongside_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand new-authority" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -f -a "reset-link" -d 'Prints a link with which this member sets a new password, good for a day'
complete -c alongside -n "__fish_alongside_using_subcommand member; and not __fish_seen_subcommand_from reset-link help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l data-dir -d 'Where everything is kept [env: ALONGSIDE_DATA_DIR] [default: the state directory under systemd, else $XDG_DATA_HOME/alongside]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l port -d 'The one port, TCP and UDP; 0 picks a free one and says which [env: ALONGSIDE_PORT] [default: 8443]' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l config -d 'A configuration file [env: ALONGSIDE_CONFIG] [default: alongside.toml in the configuration or data directory, if it is there]' -r -F
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l name -d 'A further host name under which people reach this machine; may be repeated' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l set -d 'Says any key of the configuration; may be repeated. `config reference` tells them all' -r
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -l test-clock -d 'Lets a file shift the clock: for tests only'
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from reset-link" -s h -l help -d 'Print help'
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from help" -f -a "reset-link" -d 'Prints a link with which this member sets a new password, good for a day'
complete -c alongside -n "__fish_alongside_using_subcommand member; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "serve" -d 'Runs the server (also without any verb)'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "setup-link" -d 'Prints a fresh one-time setup link, good for 30 minutes'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "config" -d 'Tells what is configured, and what could be'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "health" -d 'Says whether the instance answers'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "install" -d 'Makes a service of this program, on machines with systemd and without a package of it'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "uninstall" -d 'Ends that service and takes it away; the data stays'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "doctor" -d 'Looks at everything and says what to do; ends with 0, 1 for a warning or 2 for a fault'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "backup" -d 'Makes a backup of everything: database, authority, keys, configuration'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "restore" -d 'Brings a backup back; what is there is kept beside it. The server must not be running'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "bench" -d 'Measures what this machine carries'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "log" -d 'Changes how much the running server\'s log says'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "admin" -d 'Lets the people who look after the instance in again'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "new-authority" -d 'Sets the house\'s own certificate authority aside: the next start makes another, which every device must trust anew'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "member" -d 'Looks after one member'
complete -c alongside -n "__fish_alongside_using_subcommand help; and not __fish_seen_subcommand_from serve setup-link config health install uninstall doctor backup restore bench log admin new-authority member help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Says whether everything written is sound, and changes nothing. Another file is named by --config FILE'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Prints every key with what holds in the running instance and where it was said; secrets are masked'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "reference" -d 'Prints what every key means'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "list" -d 'Lists the backups that are there'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "verify" -d 'Unpacks a backup in a place of its own and looks all of it through'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "media" -d 'Runs the relay and the media engine on loopback for some seconds and keeps what they carry, for the rule that says "full"'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "more" -d 'Says more for an hour, then as much as before by itself'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "usual" -d 'Says as much as usual again'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "recover" -d 'Prints a link by which an admin chooses a new password; lets them in again where they were paused or no admin any more'
complete -c alongside -n "__fish_alongside_using_subcommand help; and __fish_seen_subcommand_from member" -f -a "reset-link" -d 'Prints a link with which this member sets a new password, good for a day'
