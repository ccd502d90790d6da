# Becomes a mongod, with a guard beside it. When the process at the other end of standard input ends, by
# whatever signal, the guard ends the mongod and removes its data; a line on standard input dismisses it.
# Arguments: the directory of the data, the name of the container or nothing, the program and its arguments.
directory=$1 container=$2
shift 2
# Each collection and each index is an open file: a mongod aborts at the 1,024 that many shells allow.
ulimit -S -n "$(ulimit -H -n)"
exec 3<&0 </dev/null
(
    read -r _ <&3 && exit
    if [ -n "$container" ]; then docker rm --force "$container"; else kill -KILL "$$"; fi
    rm -rf "$directory"
    rmdir "${directory%/*}"
) >/dev/null 2>&1 &
exec "$@" 3<&-
