/**
 * Loaded first of all in each test file (.taprc). The runner would note every module that a test and its processes load, with
 * its source map, for coverage and `tap --changed`. Nothing uses that, and it doubles the time to load large libraries.
 */
process.env["_TAPJS_PROCESSINFO_EXCLUDE_"] = "/^/";

/** It names this file by a path that is right for test files only. */
delete process.env["NODE_OPTIONS"];
