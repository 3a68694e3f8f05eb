#!/usr/bin/env bash
# A Slurm of one node on this machine, to try profiles/slurm without a cluster. Needs Debian and root, no systemd.
#   tests/slurm/one_node.sh start [FOLDER]      start it; its files go in FOLDER, otherwise in a temporary one
#   tests/slurm/one_node.sh stop                cancel its jobs, stop it, undo what start did
#   tests/slurm/one_node.sh run [OPTION]...     start it, run the smoke study with these options of Snakemake, stop it
# ACCOUNTING=yes adds slurmdbd with its database, so that sacct works.
set -euo pipefail

ETC=/etc/slurm
ACCOUNTING=${ACCOUNTING-no}
PACKAGES=(slurm-wlm munge)
PROGRAMS=(sbatch slurmctld slurmd munged mungekey)
if [ "$ACCOUNTING" = yes ]; then
    PACKAGES+=(slurmdbd mariadb-server)
    PROGRAMS+=(slurmdbd mariadbd mariadb-install-db)
fi
FILES=(slurm.conf gres.conf slurmdbd.conf)
DAEMONS=(slurmd slurmctld slurmdbd mariadbd munged) # in the order in which they are stopped

die() {
    echo "error: $*" >&2
    exit 1
}

# Jobs see no SLURM_CONF, so Slurm must find its configuration in /etc/slurm. The file's name marks a link as ours.
is_ours() { [[ "$(readlink "$ETC/$1" || true)" == */one_node.$1 ]]; }

check() {
    local file
    [ "$(id -u)" = 0 ] || die "not root, expected root: the daemons run as root and $ETC is written"
    for file in "${FILES[@]}"; do
        if [ -e "$ETC/$file" ] || [ -L "$ETC/$file" ]; then
            is_ours "$file" || die "$ETC/$file is not a link of this script: this machine has a Slurm of its own, which stays untouched"
        fi
    done
}

install_packages() {
    type -P "${PROGRAMS[@]}" > /dev/null && return
    echo "Installing ${PACKAGES[*]}"
    apt-get update --quiet=2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "${PACKAGES[@]}" > /dev/null ||
        die "${PACKAGES[*]} could not be installed, see above"
}

configure() {
    local controller_port node_port accounting_port
    read -r controller_port node_port accounting_port < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*[each.getsockname()[1] for each in sockets])')
    cat > "$RUN/one_node.slurm.conf" <<CONF
ClusterName=local
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
# A job whose node failed waits for as long as a credential is valid before it starts again, by default two minutes.
AuthInfo=socket=$RUN/munge.sock,cred_expire=30
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$RUN/ctld
SlurmdSpoolDir=$RUN/slurmd
SlurmctldPidFile=$RUN/slurmctld.pid
SlurmdPidFile=$RUN/slurmd.pid
SlurmctldLogFile=$RUN/slurmctld.log
SlurmdLogFile=$RUN/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# The memory of each job is measured every second, and a job with more than it requested is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Without accounting, squeue tells how a job ended, for as long as the controller remembers it.
MinJobAge=600
KillWait=2
InactiveLimit=0
GresTypes=gpu
NodeName=node1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(env -u OMP_NUM_THREADS nproc) RealMemory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo) Gres=gpu:2 State=UNKNOWN
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE DefMemPerCPU=500 State=UP
PartitionName=gpu Nodes=ALL Default=NO MaxTime=INFINITE DefMemPerCPU=500 State=UP
CONF
    # Stand-in devices: jobs are given GPUs that no library can use.
    printf 'Name=gpu File=%s\n' /dev/null /dev/zero > "$RUN/one_node.gres.conf"
    [ "$ACCOUNTING" = yes ] || return 0
    cat >> "$RUN/one_node.slurm.conf" <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=$accounting_port
AccountingStoragePass=$RUN/munge.sock
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
CONF
    cat > "$RUN/one_node.slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$RUN/munge.sock
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$accounting_port
CommunicationParameters=NoInAddrAny
SlurmUser=root
StorageType=accounting_storage/mysql
StorageUser=root
StorageLoc=slurm
PidFile=$RUN/slurmdbd.pid
LogFile=$RUN/slurmdbd.log
CONF
    chmod 600 "$RUN/one_node.slurmdbd.conf" # slurmdbd insists
}

# A daemon that kept our standard output would keep a pipe behind this script open.
daemon() {
    "$@" < /dev/null >> "$RUN/$1.out" 2>&1 && return
    tail -n 5 "$RUN/$1".{out,log} >&2 2> /dev/null || true
    die "$1 did not start, see above"
}

# The database has no network and lets root in through its socket, without a password.
start_accounting() {
    mkdir "$RUN/database"
    mariadb-install-db --no-defaults --user=root --datadir="$RUN/database" --skip-test-db \
        --auth-root-authentication-method=socket > "$RUN/mariadbd.out" 2>&1 ||
        { tail -n 5 "$RUN/mariadbd.out" >&2; die "the database could not be created, see above"; }
    setsid mariadbd --no-defaults --user=root --datadir="$RUN/database" --socket="$RUN/mariadb.sock" --skip-networking \
        --pid-file="$RUN/mariadbd.pid" < /dev/null >> "$RUN/mariadbd.out" 2>&1 &
    wait_for "the database" test -S "$RUN/mariadb.sock"
    MYSQL_UNIX_PORT="$RUN/mariadb.sock" daemon slurmdbd
    wait_for "slurmdbd" timeout 10 sacctmgr --noheader --parsable2 list cluster
}

node_is_idle() { [ "$(timeout 10 sinfo --noheader --partition=cpu --states=idle --format=%D)" = 1 ]; }

wait_for() {
    local attempt
    for attempt in {1..60}; do
        if "${@:2}" > /dev/null 2>&1; then return; fi
        sleep 1
    done
    tail -n 5 "$RUN"/*.log "$RUN"/*.out >&2
    die "$1 did not answer within a minute, see above"
}

start() {
    check
    is_ours slurm.conf && die "$ETC/slurm.conf is there from a start before; end that one by: $0 stop"
    install_packages
    if [ $# -gt 0 ]; then
        mkdir -p "$1" && RUN=$(realpath "$1")
        [ -z "$(ls -A "$RUN")" ] || die "$RUN is not empty, expected a new or an empty folder"
    else
        RUN=$(mktemp -d) && touch "$RUN/temporary"
    fi
    trap stop EXIT # nothing stays behind if a command fails from here on
    chmod 755 "$RUN" # other users find the configuration and the socket
    mkdir -p "$RUN/ctld" "$RUN/slurmd" "$ETC"
    configure
    ln -sf "$RUN/one_node.slurm.conf" "$ETC/slurm.conf"
    ln -sf "$RUN/one_node.gres.conf" "$ETC/gres.conf"
    [ "$ACCOUNTING" != yes ] || ln -sf "$RUN/one_node.slurmdbd.conf" "$ETC/slurmdbd.conf"
    mungekey --create --keyfile "$RUN/munge.key"
    # --force: whatever the folders above allow.
    daemon munged --force --key-file "$RUN/munge.key" --socket "$RUN/munge.sock" \
        --pid-file "$RUN/munged.pid" --log-file "$RUN/munged.log" --seed-file "$RUN/munged.seed"
    [ "$ACCOUNTING" != yes ] || start_accounting
    daemon slurmctld -f "$ETC/slurm.conf"
    daemon slurmd -f "$ETC/slurm.conf" -N node1
    wait_for "the node" node_is_idle
    echo "Slurm runs in $RUN"
}

stop() {
    trap - EXIT
    check
    is_ours slurm.conf || return 0
    local name pid snakemake attempt
    RUN=$(dirname "$(readlink "$ETC/slurm.conf")")
    # After an interruption: Snakemake would wait for ever for the jobs of a Slurm that is gone.
    snakemake=$(jobs -p)
    [ -z "$snakemake" ] || kill "$snakemake" || true
    if [ -S "$RUN/munge.sock" ]; then
        timeout 10 scancel --me || true
        for _ in {1..10}; do
            [ -n "$(timeout 10 squeue --noheader --states=running,completing 2> /dev/null)" ] || break
            sleep 1
        done
    fi
    [ -z "$snakemake" ] || wait "$snakemake" || true
    for name in "${DAEMONS[@]}"; do
        pid=$(cat "$RUN/$name.pid" 2> /dev/null) || continue
        for attempt in {1..50}; do
            # An old pid file may name a process that is not ours.
            [ "/proc/$pid/exe" -ef "$(command -v "$name")" ] || break
            [ "$attempt" != 1 ] || kill "$pid" || true
            [ "$attempt" != 50 ] || kill -KILL "$pid" || true
            sleep 0.2
        done
    done
    rm -f "${FILES[@]/#/$ETC/}" "$RUN/munge.key"
    [ -d "$RUN" ] || die "$RUN is gone and with it the process ids, end ${DAEMONS[*]} by hand"
    if [ -e "$RUN/temporary" ]; then rm -r "$RUN"; fi
}

run() {
    cd "$(dirname "$0")/../.."
    .venv/bin/python -c "import snakemake_executor_plugin_slurm" 2> /dev/null ||
        die "Snakemake's plugin for Slurm not found in .venv, install it by: make slurm"
    start
    # The first status check would come after 40 seconds, longer than any job of the smoke study takes.
    .venv/bin/snakemake --profile profiles/slurm --configfile config/smoke.yaml \
        --slurm-status-command squeue --slurm-init-seconds-before-status-checks 2 "$@" &
    wait $! # in the background, so that a signal reaches this script at once
}

case "${1-}" in
    start) start "${@:2}"; trap - EXIT ;;
    stop) stop ;;
    run) run "${@:2}" ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
