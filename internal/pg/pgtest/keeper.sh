# Runs the test server for as long as any test process holds a shared lock on users.lock, and three seconds more, so
# that the packages of one `go test ./...` find it running. $1 is the folder, $2 the programs.
dir=$1
exec >"$dir/log" 2>&1 </dev/null

if [ ! -f "$dir/data/complete" ]; then
	rm -rf "$dir/data"
	"$2/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions || exit 1
	: >"$dir/data/complete"
fi

die_with_us=
if command -v setpriv >/dev/null; then die_with_us="setpriv --pdeathsig INT"; fi
$die_with_us "$2/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c unix_socket_permissions=0700 \
	-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300 -c shared_buffers=128MB \
	-c max_wal_size=1GB -c autovacuum_naptime=1h -c timezone=America/St_Johns -c log_min_messages=fatal -c log_statement=none \
	-c log_min_error_statement=panic &
server=$!

while kill -0 $server 2>/dev/null; do
	flock -x "$dir/users.lock" true # waits until nobody uses it
	sleep 3
	# Still nobody: hold the lock while it ends, so that a newcomer waits and then starts afresh.
	if flock -n "$dir/users.lock" sh -c "kill -INT $server; while kill -0 $server 2>/dev/null && ! grep -q '^State:.Z' /proc/$server/status; do sleep 0.05; done"; then
		break
	fi
done
wait $server
