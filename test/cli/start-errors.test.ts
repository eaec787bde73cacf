import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { createProgram } from "../../src/cli/program.ts";
import { StartError } from "../../src/server/start-error.ts";
import { command } from "./commands.ts";
import { files, run } from "./processes.ts";
import "../patience.ts";

const FREE = ["--host", "127.0.0.1", "--port", "0", "--health-port", "0"];
const serve = (...args: string[]) => ["serve", ...FREE, ...args];

t.test("a failed start prints the cause and a remedy in one line, and exits with 2", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const directory = files(t);
  const at = (name: string) => join(directory, name);
  const rows: [args: string[], line: string][] = [
    [[], 'no command was given. Try "gracekeeper --help".'],
    [["sevre"], `unknown command 'sevre' (Did you mean serve?). Try "gracekeeper --help".`],
    [["help", "sevre"], 'there is no such command. Try "gracekeeper --help".'],
    [serve("--prot", "1"), `unknown option '--prot' (Did you mean --port?). Try "gracekeeper serve --help".`],
    [
      serve("x"),
      `too many arguments for 'serve'. Expected 0 arguments but got 1: x. Try "gracekeeper serve --help".`,
    ],
    [serve("--port"), `option '--port <port>' argument missing. Try "gracekeeper serve --help".`],
    [serve("--port", "https"), '--port must be a whole number from 0 to 65535, not "https".'],
    [
      serve("--port", `${port}`),
      `port ${port} is in use. Stop the program that listens there, or choose another port with --port.`,
    ],
    [
      serve("--health-port", `${port}`),
      `port ${port} is in use. Stop the program that listens there, or choose another port with --health-port.`,
    ],
    [
      serve("--host", "203.0.113.1"),
      "cannot listen on 203.0.113.1, port 0 (EADDRNOTAVAIL). Choose another address with --host.",
    ],
    [
      serve("--config", at("none.yaml")),
      `there is no configuration file ${at("none.yaml")}. Create the file, or give another path with --config.`,
    ],
    [
      serve("--kubeconfig", at("none")),
      `there is no kubeconfig ${at("none")}. Correct the path after --kubeconfig, or remove --kubeconfig.`,
    ],
  ];
  for (const [args, line] of rows) {
    const { status, stdout, stderr } = await command(args);
    t.equal(status, 2, args.join(" "));
    t.equal(stdout, "");
    t.equal(stderr.split("\n").length, 2, "one line");
    t.ok(stderr.startsWith(`gracekeeper: ${line}`), `${stderr} is ${line}`);
  }
  // Real processes fail in two ways: before anything has started, and when the port is already in use.
  for (const args of [[], serve("--port", `${port}`)]) {
    const { exit, stdout, stderr } = run(t, args);
    t.same(await exit, { code: 2, signal: null }, args.join(" "));
    t.equal(stdout(), "");
    t.equal(stderr().split("\n").length, 2, "one line");
  }
});

/** The errors below are tested without a child process, which would show nothing more. */
t.test("every other cause of a failed start is also an error of one line", async (t) => {
  // `serve` adds signal listeners before it fails, so many listeners remain here.
  process.setMaxListeners(0);
  const directory = files(t);
  const at = (name: string) => join(directory, name);
  const rows: [args: string[], line: string][] = [
    [serve("--health-port", "65536"), '--health-port must be a whole number from 0 to 65535, not "65536".'],
    [serve("--shutdown-delay", "5s"), '--shutdown-delay must be a whole number from 0 to 3600, not "5s".'],
    [
      serve("--log-level", "loud"),
      '--log-level must be one of debug, info, warn, error, silent, not "loud".',
    ],
    [
      serve("--probe-namespace", "Shop_1"),
      '--probe-namespace must be the name of a namespace, not "Shop_1".',
    ],
    [
      ["serve", "--port", "28444", "--health-port", "28444"],
      "--port and --health-port are both 28444. Set two different ports.",
    ],
    [
      serve("--tls-cert", at("tls.crt")),
      "--tls-cert and --tls-key must be used together. Set both options, or remove both.",
    ],
    [
      serve("--certs-dir", directory, "--tls-key", at("tls.key")),
      "--certs-dir cannot be combined with --tls-cert or --tls-key. Remove --certs-dir, or remove the other options.",
    ],
    [
      serve("--certs-dir", directory, "--ca-secret", "ca"),
      "--ca-secret cannot be combined with --certs-dir, --tls-cert or --tls-key. Remove --ca-secret, or remove the other options.",
    ],
    [
      serve("--tls-cert", at("tls.crt"), "--tls-key", at("tls.key"), "--ca-secret", "ca"),
      "--ca-secret cannot be combined with --certs-dir, --tls-cert or --tls-key. Remove --ca-secret, or remove the other options.",
    ],
    [
      serve("--service", "a"),
      "--service and --webhook-configuration need --ca-secret. Add --ca-secret, or remove both options.",
    ],
    [serve("--ca-secret", "a/b"), '--ca-secret must be the name of a Kubernetes object, not "a/b".'],
    [
      serve("--ca-secret", "a", "--service", "B"),
      '--service must be the name of a Kubernetes object, not "B".',
    ],
    [
      serve("--ca-secret", "a", "--webhook-configuration", ""),
      '--webhook-configuration must be the name of a Kubernetes object, not "".',
    ],
    [
      serve("--ca-secret", "a"),
      "--ca-secret needs a kubeconfig or a service account token, and gracekeeper has neither of them. Mount the service account token, or give certificate files with --certs-dir.",
    ],
    [
      serve("--ca-secret", "a", "--kubeconfig", at("nameless")),
      "--ca-secret needs a namespace, and the kubeconfig has none. Set the namespace with: kubectl config set-context --current --namespace NAME.",
    ],
    [
      serve("--certs-dir", at("none")),
      `there is no file ${at("none/tls.crt")}. Mount the Secret with the certificate at this path, or give the path with --tls-cert and --tls-key.`,
    ],
    [
      serve("--tls-cert", at("text.pem"), "--tls-key", at("tls.key")),
      `${at("text.pem")} is not a certificate in PEM form. Put the serving certificate into this file.`,
    ],
    [
      serve("--tls-cert", at("tls.crt"), "--tls-key", at("text.pem")),
      `${at("text.pem")} is not an unencrypted private key in PEM form. Put the key of ${at("tls.crt")} into this file.`,
    ],
    [
      serve("--tls-cert", at("tls.crt"), "--tls-key", at("other.key")),
      `${at("other.key")} does not match the certificate in ${at("tls.crt")}. Replace both files with a matching pair.`,
    ],
    [
      serve("--tls-cert", directory, "--tls-key", at("tls.key")),
      `${directory} cannot be read (EISDIR). Give the path of a file that this user may read.`,
    ],
    [
      serve("--client-name", "a"),
      "--client-name needs --client-ca. Add --client-ca, or remove --client-name.",
    ],
    [
      serve("--client-ca", at("tls.crt")),
      "--client-ca needs a serving certificate that callers trust. Add --certs-dir or --ca-secret.",
    ],
    [
      serve("--certs-dir", directory, "--client-ca", at("tls.crt"), "--client-name", ""),
      '--client-name must be the common name of a certificate, not "".',
    ],
    [
      serve("--certs-dir", directory, "--client-ca", at("none")),
      `there is no file ${at("none")}. Put the CA that signs the client certificates of the API servers into this file.`,
    ],
    [
      serve("--certs-dir", directory, "--client-ca", directory),
      `${directory} cannot be read (EISDIR). Give the path of a file that this user may read.`,
    ],
    [
      serve("--certs-dir", directory, "--client-ca", at("text.pem")),
      `${at("text.pem")} has no certificate in PEM form. Put the CA that signs the client certificates of the API servers into this file.`,
    ],
    [
      serve("--certs-dir", directory, "--client-ca", at("tls.crt")),
      `${at("tls.crt")} has a certificate that is not a CA certificate. Put the CA that signs the client certificates of the API servers into this file.`,
    ],
    [
      serve("--config", directory),
      `${directory} is not a regular file. Give the path of a readable file with --config.`,
    ],
    [
      serve("--config", at("two.yaml")),
      `${at("two.yaml")}, line 2, column 1: a second document begins here, and the file must have only one document. Correct the file.`,
    ],
    [serve("--config", at("broken.yaml")), `${at("broken.yaml")}, line 3, column 1: `],
    [
      serve("--config", at("field.yaml")),
      `${at("field.yaml")}: prestopSleepSeconds must be a whole number from 1 to 3600, not "ten"; the file has an unknown field "foo" (known: apiVersion, `,
    ],
    [serve("--kubeconfig", at("good.yaml")), `${at("good.yaml")} has no current context. `],
    [serve("--kubeconfig", at("broken.yaml")), `${at("broken.yaml")} is not a valid kubeconfig. `],
    [
      serve("--certs-dir", directory, "--kubeconfig", at("none")),
      `there is no kubeconfig ${at("none")}. Correct the path after --kubeconfig, or remove --kubeconfig.`,
    ],
  ];
  // This test case needs a user other than root, because root may read every file.
  if (process.getuid?.() !== 0) {
    rows.push([
      serve("--tls-cert", at("secret"), "--tls-key", at("tls.key")),
      `${at("secret")} cannot be read (EACCES). Give the path of a file that this user may read.`,
    ]);
  }
  for (const [args, line] of rows) {
    const refused = await createProgram()
      .parseAsync(args, { from: "user" })
      .catch((error: unknown) => error);
    t.ok(refused instanceof StartError, args.join(" "));
    const { message } = refused as StartError;
    t.notMatch(message, "\n", "one line");
    t.ok(message.startsWith(line), `${message} is ${line}`);
  }
});

t.test("--version prints the version of package.json in one line", async (t) => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  const { exit, stdout, stderr } = run(t, ["--version"]);
  t.same(await exit, { code: 0, signal: null });
  t.equal(stdout(), `gracekeeper ${version}\n`);
  t.equal(stderr(), "");
});

t.test("--help prints usage with exit code 0", async (t) => {
  for (const [args, shown] of [
    [["--help"], /serve .*answer admission reviews/],
    [["help"], /serve .*answer admission reviews/],
    [["serve", "--help"], /--shutdown-delay <seconds>/],
    [["help", "serve"], /--shutdown-delay <seconds>/],
  ] as const) {
    const { status, stdout, stderr } = await command(args);
    t.equal(status, 0);
    t.match(stdout, shown);
    t.equal(stderr, "");
  }
});
