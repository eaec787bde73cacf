/**
 * Each test file loads this module first (.taprc). By default tap records every module that a test and its processes
 * load, for coverage and `tap --changed`. Tests use neither coverage nor `--changed`, and the recording doubles the
 * time to load large libraries.
 */
process.env["_TAPJS_PROCESSINFO_EXCLUDE_"] = "/^/";

/** NODE_OPTIONS has a relative path to this file, which is wrong in child processes with another working folder. */
delete process.env["NODE_OPTIONS"];
