import { expect, it } from 'vitest';

import { packageVersion, versionInfo } from '../../../src/apps/version.ts';
import { suite } from '../../../src/protocols/params.ts';

it('a version says package, commit, protocol and formats', () => {
  const info = versionInfo();
  expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(packageVersion()).toBe(info.version);
  expect(info.protocol).toBe(suite.name);
  expect(info.commit ?? '000000000000').toMatch(/^[0-9a-f]{12}$/);
});
