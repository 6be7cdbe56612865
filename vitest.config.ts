import { defineConfig } from 'vitest/config';

// `.ci/run` names a folder here, and adds up the reports that it finds there afterwards.
const reports = process.env['CONCLAVE_TEST_REPORTS'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/canaries/**', 'node_modules/**'],
    setupFiles: ['test/setup.ts'],
    allowOnly: false,
    pool: 'forks',
    maxWorkers: 2,
    // A slow machine is not a fault: a test that waits for ever is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters:
      reports === undefined
        ? ['default']
        : ['default', ['json', { outputFile: `${reports}/${process.pid}.json` }]],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
