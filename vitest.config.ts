import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // A fresh module graph per file costs six times the run time, and no module here keeps state that tests share.
    pool: "forks",
    isolate: false,
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
});
