#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The real kubectl against localkube: localkube_kubectl_test.sh PROGRAM. Exit 77 (skipped) where there is no kubectl.
set -euo pipefail

command -v kubectl >/dev/null || { echo "skipped: no kubectl here (Debian: kubernetes-client)"; exit 77; }

home=$(mktemp -d)
"$1" --port 0 --deployment-delay 100 2>"$home/log" &
localkube=$!
trap 'kill $localkube 2>/dev/null || true; wait $localkube || true; rm -rf "$home"' EXIT
for _ in $(seq 100); do grep -q listening "$home/log" && break; sleep 0.05; done
port=$(sed -n 's/.*"listening".*"port":\([0-9]*\).*/\1/p' "$home/log")

export HOME=$home   # the discovery cache
kube() { timeout 30 kubectl --server="http://127.0.0.1:$port" "$@"; }
expect() {
    local wanted=$1 got
    shift
    got=$(kube "$@" 2>&1) || true
    [[ $got == *$wanted* ]] || { printf 'kubectl %s\nwanted: %s\ngot: %s\n' "$*" "$wanted" "$got"; exit 1; }
}

cat >"$home/app.json" <<'JSON'
{"apiVersion":"iaf.io/v1alpha1","kind":"Application","metadata":{"name":"shop","namespace":"iaf-1"},"spec":{"image":"nginx"}}
JSON
cat >"$home/deployment.json" <<'JSON'
{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop","namespace":"iaf-1"},
 "spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},
 "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"shop","image":"nginx"}]}}}}
JSON

expect 'localkube' version
expect 'kube-system' get namespaces
expect 'namespace/iaf-1 created' create namespace iaf-1
expect 'created' create --validate=false -f "$home/app.json"
expect 'AlreadyExists' create --validate=false -f "$home/app.json"
expect 'NAMESPACE   NAME   PHASE   REPLICAS' get applications -A
expect 'iaf-1       shop' get applications -A
expect 'port: 8080' get app shop -n iaf-1 -o yaml
expect 'serverside-applied' apply --server-side --validate=false -f "$home/deployment.json"
expect 'shop' get deploy -n iaf-1

# A watch sees the rollout come to its end.
: >"$home/watch"
timeout 30 kubectl --server="http://127.0.0.1:$port" get deploy shop -n iaf-1 -o yaml -w >"$home/watch" 2>&1 &
watch=$!
for _ in $(seq 400); do grep -q 'availableReplicas: 2' "$home/watch" && break; sleep 0.05; done
kill $watch 2>/dev/null || true
grep -q 'availableReplicas: 2' "$home/watch" || { echo 'the watch did not show available replicas'; exit 1; }

expect 'NotFound' get app nothing -n iaf-1
expect 'deleted' delete app shop -n iaf-1
expect 'deleted' delete namespace iaf-1
expect 'No resources found' get deploy -A
expect "doesn't have a resource type" get toasters
