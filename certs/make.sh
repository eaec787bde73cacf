#!/bin/sh
# Makes the certificates of the component certificate-files (docs/certificates.md). Requires openssl or LibreSSL, and
# kubectl to ask the cluster which CA it trusts.
#
#   certs/ca.key           private key of the CA. Keep it, because the cluster has no copy.
#   manifests/tls/ca.crt   caBundle for the API server: the certificate of this CA (10 years), then every other CA that
#                          the cluster trusts now and that has not expired.
#   manifests/tls/tls.crt  serving certificate, 1 year, for the Service gracekeeper in the namespace gracekeeper.
#   manifests/tls/tls.key  its key.
#
# Git ignores all four. The script creates only missing files, so you can run it again at any time. To renew the serving
# certificate, delete tls.crt and tls.key, run the script again, and apply again.
#
#   --new-ca   replaces the CA and the serving certificate. The old CA stays in ca.crt, so the API server can call
#              gracekeeper during the change.
set -eu

fail() {
  echo "certs/make.sh: $1" >&2
  exit 2
}

new_ca=no
case "$#:${1-}" in
  0:) ;;
  1:--new-ca) new_ca=yes ;;
  1:-h | 1:--help)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
  *) fail "knows only --new-ca, but got \"$*\". See certs/make.sh --help." ;;
esac

command -v openssl >/dev/null || fail "needs openssl, which is not installed."

certs=$(cd "$(dirname "$0")" && pwd)
tls=$(dirname "$certs")/manifests/tls
ca_key=$certs/ca.key

# Only you can read the keys. All files are made in a temporary folder first, and then moved to their paths.
umask 077
mkdir -p "$tls" || fail "cannot write to $tls."
work=$(mktemp -d "$tls/.making.XXXXXX") || fail "cannot write to $tls."
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# --- The CAs that are trusted now and have not expired: one file for each in $work/trusted.

# Prints a field of a Kubernetes object, or nothing if kubectl fails. After a failure, $work/unanswered has the error
# message of kubectl.
ask() { # $1: arguments of kubectl get; $2: JSONPath
  kubectl get $1 --ignore-not-found --request-timeout=10s -o "jsonpath=$2" 2>"$work/error" ||
    tail -n 1 "$work/error" >"$work/unanswered"
}

# The API server trusts the CAs in caBundle. If somebody removed caBundle, the Secret still has the CA.
ask_cluster() {
  if ! command -v kubectl >/dev/null; then
    echo "kubectl is not installed" >"$work/unanswered"
    return
  fi
  for kind in validatingwebhookconfiguration mutatingwebhookconfiguration; do
    ask "$kind gracekeeper" '{range .webhooks[*]}{.clientConfig.caBundle}{"\n"}{end}'
  done
  ask "secret gracekeeper-tls --namespace gracekeeper" '{.data.ca\.crt}'
}

of() { # $1: certificate file; $2: output option of openssl x509
  openssl x509 -in "$1" -noout "$2" 2>"$work/error"
}

mkdir "$work/found" "$work/trusted"
ask_cluster >"$work/answers"
{
  if [ -e "$tls/ca.crt" ]; then cat "$tls/ca.crt"; fi
  sort -u "$work/answers" | while read -r bundle; do
    printf %s "$bundle" | openssl base64 -d -A
    echo
  done
} | awk -v folder="$work/found" '
  /-----BEGIN CERTIFICATE-----/ { count++; file = folder "/" count ".pem" }
  file { print > file }
  /-----END CERTIFICATE-----/ { close(file); file = "" }'
for file in "$work"/found/*.pem; do
  if [ -e "$file" ] && of "$file" -pubkey >"$work/out" && openssl x509 -in "$file" -noout -checkend 0 >"$work/out"; then
    name=$(of "$file" -serial)
    mv "$file" "$work/trusted/${name#*=}.pem"
  fi
done

# --- The CA to sign with: the trusted CA whose private key is in certs/ca.key, or a new CA.

ca=
if [ $new_ca = no ] && [ -e "$ca_key" ]; then
  openssl pkey -in "$ca_key" -pubout >"$work/ca.pub" 2>"$work/error" || fail "certs/ca.key cannot be read as a key. Restore it, or run this with --new-ca."
  for file in "$work"/trusted/*.pem; do
    if [ -e "$file" ] && of "$file" -pubkey | cmp -s - "$work/ca.pub"; then ca=$file; fi
  done
  if [ -z "$ca" ]; then
    fail "certs/ca.key exists, but its certificate is not in manifests/tls/ca.crt or in the cluster, or it has ended. Restore the certificate, or run this with --new-ca."
  fi
elif [ $new_ca = no ]; then
  for file in "$work"/trusted/*.pem; do
    if [ -e "$file" ]; then
      fail "a CA is trusted already ($(of "$file" -subject)), but its key is not in certs/ca.key. Copy that key from the checkout that made it, or run this with --new-ca: both CAs are then trusted, so no call fails."
    fi
  done
  if [ -e "$work/unanswered" ]; then
    fail "cannot ask the cluster whether it trusts a CA already ($(cat "$work/unanswered")). Make kubectl work. If gracekeeper is not installed there, you may run this with --new-ca."
  fi
  new_ca=yes
fi

if [ $new_ca = no ]; then
  for file in tls.crt:tls.key tls.key:tls.crt; do
    if [ -e "$tls/${file%:*}" ] && [ ! -e "$tls/${file#*:}" ]; then
      fail "manifests/tls/${file%:*} exists, but ${file#*:} does not. Restore it, or delete the other one to get a new certificate."
    fi
  done
fi

# --- Make what is missing.

# Turns seconds since 1970 into the date format of openssl. The option is -d with the date command of GNU and busybox,
# and -r with that of BSD and macOS.
utc() {
  date -u -d "@$1" +%Y%m%d%H%M%SZ 2>/dev/null || date -u -r "$1" +%Y%m%d%H%M%SZ
}

day=$(utc "$(date +%s)" | cut -c 1-8)
now=$(date +%s)
# Certificates are valid from one hour ago, because your clock may be ahead of the cluster's.
start=$(utc $((now - 3600)))
ca_end=$(utc $((now + 3650 * 86400)))
end=$(utc $((now + 365 * 86400)))

cat >"$work/openssl.cnf" <<CONF
[ ca ]
default_ca = signer

[ signer ]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any_name
unique_subject = no
email_in_dn = no

[ any_name ]
commonName = supplied

[ req ]
distinguished_name = asked
prompt = no

[ asked ]
commonName = gracekeeper

[ ca_certificate ]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash

[ serving_certificate ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
# The API server connects to the first DNS name. The other names are for tests with curl.
subjectAltName = DNS:gracekeeper.gracekeeper.svc, DNS:gracekeeper.gracekeeper.svc.cluster.local, DNS:gracekeeper.gracekeeper, DNS:gracekeeper
CONF
: >"$work/index.txt"

# Shows the output of openssl only if it failed.
quietly() {
  "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "openssl failed; its output is above. Nothing was written."
  }
}

request() { # $1: key file; $2: request file; $3: common name
  quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"
  quietly openssl req -config "$work/openssl.cnf" -new -sha256 -key "$1" -subj "/CN=$3" -out "$2"
}

# openssl ca has a limit of about 250 characters for the path of its database.
in_work() {
  (cd "$work" && "$@")
}

sign() { # $1: request file; $2: certificate file; $3: extensions; $4: end date; then other options of openssl ca
  in=$1 out=$2 extensions=$3 until=$4
  shift 4
  quietly in_work openssl ca -config "$work/openssl.cnf" -batch -notext -in "$in" -out "$out" \
    -extensions "$extensions" -startdate "$start" -enddate "$until" "$@"
}

if [ $new_ca = yes ]; then
  # The name of the CA has a date, so that an error message shows which CA it means.
  request "$work/ca.key" "$work/ca.csr" "gracekeeper CA $day"
  sign "$work/ca.csr" "$work/ca.crt" ca_certificate "$ca_end" -selfsign -keyfile "$work/ca.key"
else
  cp "$ca_key" "$work/ca.key"
  mv "$ca" "$work/ca.crt"
fi

new_leaf=no
if [ $new_ca = yes ] || [ ! -e "$tls/tls.crt" ]; then
  new_leaf=yes
  request "$work/tls.key" "$work/tls.csr" gracekeeper.gracekeeper.svc
  sign "$work/tls.csr" "$work/tls.crt" serving_certificate "$end" -cert "$work/ca.crt" -keyfile "$work/ca.key"
  quietly openssl verify -CAfile "$work/ca.crt" "$work/tls.crt"
elif ! openssl verify -CAfile "$work/ca.crt" "$tls/tls.crt" >"$work/log" 2>&1; then
  fail "manifests/tls/tls.crt has ended, or another CA signed it. Delete manifests/tls/tls.crt and tls.key, and run this again."
fi

cp "$work/ca.crt" "$work/bundle.crt"
others=0
for file in "$work"/trusted/*.pem; do
  if [ -e "$file" ]; then
    cat "$file" >>"$work/bundle.crt"
    others=$((others + 1))
  fi
done

if [ $new_ca = yes ]; then mv "$work/ca.key" "$ca_key"; fi
mv "$work/bundle.crt" "$tls/ca.crt"
if [ $new_leaf = yes ]; then
  mv "$work/tls.key" "$tls/tls.key"
  mv "$work/tls.crt" "$tls/tls.crt"
fi

case $new_ca$new_leaf in
  yesyes)
    echo "Made a CA and a serving certificate in manifests/tls."
    echo "Keep certs/ca.key safe and away from the cluster: only a renewal needs it."
    ;;
  noyes) echo "Made a serving certificate in manifests/tls, signed by the existing CA." ;;
  *) echo "Kept the serving certificate in manifests/tls." ;;
esac
if [ $others -gt 0 ]; then echo "The API server will also trust the CAs that it trusts today ($others), until they end."; fi
if [ -e "$work/unanswered" ]; then
  echo "The cluster was not asked which CAs it trusts ($(cat "$work/unanswered")). If it has one that is not in manifests/tls/ca.crt, calls fail for up to two minutes after you apply."
fi
until=$(of "$tls/tls.crt" -enddate)
echo "The serving certificate ends on ${until#*=}. To renew it before that: delete manifests/tls/tls.crt and tls.key, run this again, and apply again."
echo "Next, with components/certificate-files in install/kustomization.yaml: kubectl apply -k install"
