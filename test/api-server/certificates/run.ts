/**
 * `npm run test:certificates` runs the checks of certificates at full size, which takes a quarter of an hour. `npm run
 * test:api-server` runs the checks of certificates at a small size. GRACEKEEPER_KUBERNETES chooses the version.
 */
import { KUBERNETES } from "../binaries.ts";
import { Report } from "../report.ts";
import { checkCertificates } from "./checks.ts";

const report = new Report();
await report.finish(async () => {
  await checkCertificates(report, KUBERNETES, process.env["SMALL"] !== "1");
  return `Kubernetes ${KUBERNETES}`;
});
