import t from "tap";
import { withDeclared } from "../../src/hook/declared-programs.ts";
import { fullEffort } from "../../src/hook/effort.ts";
import { hookReader } from "../../src/hook/hook-reader.ts";
import { PROGRAMS } from "../../src/hook/programs.ts";
import {
  ConfigurationError,
  DEFAULT_CONFIGURATION,
  readConfiguration,
} from "../../src/policy/configuration.ts";

const HEAD = { apiVersion: "gracekeeper.dev/v1alpha1", kind: "GracekeeperConfiguration" };

t.test("what is not set has its default", async (t) => {
  t.same(DEFAULT_CONFIGURATION, {
    prestopSleepSeconds: 10,
    shutdownSeconds: 10,
    sleepAction: "Auto",
    kubernetesMinor: undefined,
    programs: [],
  });
});

t.test("the version of Kubernetes is read from what people write", async (t) => {
  for (const [written, minor] of [
    ["1.36", 36],
    ["v1.29.6", 29],
    ["1.30.14-eks-1234", 30],
    ["v1.33.1+k3s1", 33],
  ] as const) {
    t.equal(readConfiguration({ ...HEAD, kubernetesVersion: written }).kubernetesMinor, minor, written);
  }
});

t.test("a field that cannot be used is named, with what is allowed", async (t) => {
  const cases: readonly [unknown, string][] = [
    [null, "the file must be a mapping of fields"],
    [{ kind: HEAD.kind }, 'apiVersion must be "gracekeeper.dev/v1alpha1"'],
    [{ ...HEAD, kind: "Configuration" }, 'kind must be "GracekeeperConfiguration"'],
    [{ ...HEAD, prestopSleepSeconds: 0 }, "prestopSleepSeconds must be 1 or more"],
    [{ ...HEAD, prestopSleepSeconds: 3601 }, "prestopSleepSeconds must be 3600 or less"],
    [{ ...HEAD, prestopSleepSeconds: "10" }, "prestopSleepSeconds must be a whole number"],
    [{ ...HEAD, prestopSleepSeconds: 1.5 }, "prestopSleepSeconds must be a whole number"],
    [{ ...HEAD, shutdownSeconds: -1 }, "shutdownSeconds must be 0 or more"],
    [{ ...HEAD, sleepAction: "auto" }, 'sleepAction must be one of "Auto", "Native", "Exec", "Off"'],
    [{ ...HEAD, kubernetesVersion: 1.36 }, "kubernetesVersion must be a string in quotes"],
    [
      { ...HEAD, kubernetesVersion: "latest" },
      'kubernetesVersion must be a Kubernetes version such as "1.36"',
    ],
    [
      { ...HEAD, sleepSeconds: 5 },
      "the file has unknown fields: sleepSeconds; known are apiVersion, kind, prestopSleepSeconds, shutdownSeconds, sleepAction, kubernetesVersion, programs",
    ],
    [
      { ...HEAD, shutdownSeconds: -1, sleepAction: 1 },
      'shutdownSeconds must be 0 or more\nsleepAction must be one of "Auto", "Native", "Exec", "Off"',
    ],
  ];
  for (const [value, message] of cases) {
    t.throws(() => readConfiguration(value), { name: "ConfigurationError", message }, JSON.stringify(value));
  }
  t.ok(new ConfigurationError("x") instanceof Error);
});

t.test("programs are declared as an exact time, a range, or a time without an end", async (t) => {
  const seconds = [5, "5", "0-20", "5-"];
  const programs = seconds.map((one, index) => ({ name: `p${index}`, seconds: one }));
  const declared = readConfiguration({ ...HEAD, programs }).programs;
  t.same(
    declared.map((one) => one.seconds),
    [
      { min: 5, max: 5 },
      { min: 5, max: 5 },
      { min: 0, max: 20 },
      { min: 5, max: Number.POSITIVE_INFINITY },
    ],
  );
  const read = hookReader(
    withDeclared(PROGRAMS, [...declared, { name: "sleep", seconds: { min: 1, max: 1 } }]),
  );
  const secondsOf = (...command: string[]) =>
    read({ kind: "exec", command }, new Map(), fullEffort()).seconds;
  t.same(secondsOf("/opt/p2", "--now"), { min: 0, max: 20 }, "by the name of the file");
  t.same(
    secondsOf("sh", "-c", "sleep 3; p0"),
    { min: 6, max: 6 },
    "in a script, and over the entry of the table",
  );
});
