#!/bin/sh
# Makes the certificates that `kubectl apply -k manifests` needs. Requires only openssl (or LibreSSL).
#
#   certs/ca.key           key of the CA. Keep it: it is never sent to the cluster.
#   manifests/tls/ca.crt   CA certificate, 10 years. The API server trusts certificates that it signed.
#   manifests/tls/tls.crt  serving certificate, 1 year, for the Service gracekeeper in the namespace gracekeeper.
#   manifests/tls/tls.key  its key.
#
# Git ignores all four. The script never overwrites a file. To renew, delete tls.crt and tls.key, run the script again, and
# apply again. The CA stays the same, so no call fails meanwhile.
set -eu

fail() {
  echo "certs/make.sh: $1" >&2
  exit 2
}

case "${1-}" in
  "") ;;
  -h | --help)
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
  *) fail "takes no arguments, but got \"$1\". See certs/make.sh --help." ;;
esac

command -v openssl >/dev/null || fail "needs openssl, which is not installed."

certs=$(cd "$(dirname "$0")" && pwd)
tls=$(dirname "$certs")/manifests/tls
ca_key=$certs/ca.key

for file in tls.crt tls.key; do
  if [ -e "$tls/$file" ]; then
    fail "manifests/tls/$file exists already. To renew, delete manifests/tls/tls.crt and tls.key, and run this again."
  fi
done
if [ -e "$tls/ca.crt" ] && [ ! -e "$ca_key" ]; then
  fail "manifests/tls/ca.crt exists, but its key certs/ca.key does not. Restore the key, or delete ca.crt to make a new CA."
fi
if [ -e "$ca_key" ] && [ ! -e "$tls/ca.crt" ]; then
  fail "certs/ca.key exists, but manifests/tls/ca.crt does not. Restore the certificate, or delete the key to make a new CA."
fi

# Only you can read the keys. Files are moved to their place when all of them are made.
umask 077
mkdir -p "$tls" || fail "cannot write to $tls."
work=$(mktemp -d "$tls/.making.XXXXXX") || fail "cannot write to $tls."
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# Turns seconds since 1970 into the date format of openssl. GNU and busybox have one option for it, BSD and macOS another.
utc() {
  date -u -d "@$1" +%Y%m%d%H%M%SZ 2>/dev/null || date -u -r "$1" +%Y%m%d%H%M%SZ
}

day=$(utc "$(date +%s)" | cut -c 1-8)
now=$(date +%s)
# Valid from one hour ago: your clock may be ahead of the cluster's.
start=$(utc $((now - 3600)))
ca_end=$(utc $((now + 3650 * 86400)))
end=$(utc $((now + 365 * 86400)))

cat >"$work/openssl.cnf" <<CONF
[ ca ]
default_ca = signer

[ signer ]
database = $work/index.txt
new_certs_dir = $work
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
# The API server uses the first name. The others are for tests with curl.
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

request() { # key file, request file, common name
  quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1"
  quietly openssl req -config "$work/openssl.cnf" -new -sha256 -key "$1" -subj "/CN=$3" -out "$2"
}

sign() { # request file, certificate file, extensions, end, and how to sign
  in=$1 out=$2 extensions=$3 until=$4
  shift 4
  quietly openssl ca -config "$work/openssl.cnf" -batch -notext -in "$in" -out "$out" \
    -extensions "$extensions" -startdate "$start" -enddate "$until" "$@"
}

new_ca=no
if [ ! -e "$ca_key" ]; then
  new_ca=yes
  # The name has the day, so that an error message shows which CA it is.
  request "$work/ca.key" "$work/ca.csr" "gracekeeper CA $day"
  sign "$work/ca.csr" "$work/ca.crt" ca_certificate "$ca_end" -selfsign -keyfile "$work/ca.key"
else
  cp "$ca_key" "$work/ca.key"
  cp "$tls/ca.crt" "$work/ca.crt"
fi

request "$work/tls.key" "$work/tls.csr" gracekeeper.gracekeeper.svc
sign "$work/tls.csr" "$work/tls.crt" serving_certificate "$end" -cert "$work/ca.crt" -keyfile "$work/ca.key"
quietly openssl verify -CAfile "$work/ca.crt" "$work/tls.crt"

if [ $new_ca = yes ]; then
  mv "$work/ca.key" "$ca_key"
  mv "$work/ca.crt" "$tls/ca.crt"
fi
mv "$work/tls.key" "$tls/tls.key"
mv "$work/tls.crt" "$tls/tls.crt"

iso=$(echo "$end" | sed 's/^\(....\)\(..\)\(..\).*/\1-\2-\3/')
if [ $new_ca = yes ]; then
  echo "Made a CA and a serving certificate in manifests/tls."
  echo "Keep certs/ca.key safe and away from the cluster: only a renewal needs it."
  echo "If gracekeeper is already installed: calls fail for up to two minutes, until its pods have the new Secret."
else
  echo "Made a serving certificate in manifests/tls, signed by the existing CA."
fi
echo "It expires on $iso. To renew it before that: delete manifests/tls/tls.crt and tls.key, run this again, and apply again."
echo "Next: kubectl apply -k manifests"
