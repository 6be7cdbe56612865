import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { changeOf } from '../../../../src/apps/change-proposal.ts';
import { accept, join as joinCeremony, status, watch } from '../../../../src/apps/cli/ceremony-run.ts';
import type { Cli } from '../../../../src/apps/cli/context.ts';
import { createOutput } from '../../../../src/apps/output.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import type { CeremonyView } from '../../../../src/node/api.ts';
import { definitionHash } from '../../../../src/protocols/ceremony/definition.ts';
import { openDisk } from '../../../../src/system/disk.ts';
import { makeCeremony } from '../../audit/support/folders.ts';
import { sampleStatus, sampleView } from '../fake-node.ts';

const { lock } = makeCeremony(4, 3);
const definition = changeOf({
  ...{ kind: 'refresh', name: 'spring', previous: lock, policyHash: new Uint8Array(32), nowMs: 1_000_000 },
  self: lock.definition.definition.committee[0]?.identityPk ?? new Uint8Array(),
  ...{ add: [], remove: [], replace: [], lost: [] },
  ...{ acceptWithinMs: 1_000, executeWithinMs: 1_000, roundTimeoutMs: 5_000 },
});
const plan = writeDefinition({ definition, signatures: [], previous: lock });
const view: CeremonyView = {
  ...{ ...sampleView, id: to0x(definitionHash(definition)), folder: 'ceremonies/ab' },
  change: { kind: 'refresh', before: '0', after: '1' },
};

let dataDir: string;
beforeEach(() => void (dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'run-')))));
afterEach(() => rmSync(dataDir, { recursive: true }));

/** A command against a node of which only the answers are there. `order` tells what came before what. */
function against(answer: CeremonyView, isJson = false) {
  const order: string[] = [];
  const sink = { write: (text: string) => void order.push(text), isTty: false, columns: 100 };
  const unused = (): never => {
    throw new RangeError('these commands read no configuration');
  };
  const cli: Cli = {
    ...{ flags: { color: false }, dataDir, config: unused, password: unused },
    output: createOutput({ isJson, isQuiet: false, noColor: true }, sink, sink),
    ask: (verb, options) => {
      order.push(`asked ${verb}`);
      if (verb === 'accept') order.push(`of ${JSON.stringify(options?.args)}`);
      if (verb === 'status') return Promise.resolve(sampleStatus);
      return Promise.resolve(verb === 'ceremonies' ? [answer] : answer);
    },
  };
  return { cli, order };
}
const isPreview = (text: string): boolean => text.includes('leaked shares harmless');

describe('consent to an epoch change', () => {
  it('comes behind its preview, when it is joined and when it is accepted', async () => {
    const file = join(dataDir, 'plan.json');
    writeFileSync(file, plan);
    openDisk({ folder: dataDir, sweep: false }).create(`${view.folder}/definition.json`, plan);
    const [joining, accepting] = [against(view), against(view)];
    await joinCeremony(joining.cli, file);
    expect(joining.order.findIndex(isPreview)).toBeLessThan(joining.order.indexOf('asked join'));
    await accept(accepting.cli, 'latest');
    const shown = accepting.order.findIndex(isPreview);
    expect(shown).toBeGreaterThan(-1);
    expect(shown).toBeLessThan(accepting.order.indexOf('asked accept'));
    expect(joining.order.some(isPreview)).toBe(true);
    // Another one may be the latest by the time the node is asked.
    expect(accepting.order).toContain(`of ${JSON.stringify({ id: view.id })}`);
  });

  it('is not given to another definition than the one that was shown', async () => {
    openDisk({ folder: dataDir, sweep: false }).create(`${view.folder}/definition.json`, plan);
    const { cli, order } = against({ ...view, id: sampleView.id });
    await expect(accept(cli, 'latest')).rejects.toThrow(
      expect.objectContaining({ code: 'definition-mismatch' }),
    );
    expect(order).toEqual(['asked ceremonies']);
  });

  it('needs no preview for a new key', async () => {
    const first = writeDefinition(lock.definition);
    openDisk({ folder: dataDir, sweep: false }).create(`${view.folder}/definition.json`, first);
    const id = to0x(definitionHash(lock.definition.definition));
    const { cli, order } = against({ ...view, id, change: undefined });
    await accept(cli, 'latest');
    expect(order.some(isPreview)).toBe(false);
    expect(order).toContain('asked accept');
  });
});

describe('the status of an interrupted change', () => {
  const standings = [
    { index: 1, name: 'amber-heron', state: 'prepared', hasPending: true, hasCommitLock: false, epoch: '0' },
    { index: 2, name: 'brisk-otter' },
  ] as const;

  it('says of each node what it holds, and what to type', async () => {
    const { cli, order } = against({ ...view, state: 'prepared', standings });
    await status(cli, 'latest');
    const text = order.at(-1) ?? '';
    expect(text).toMatch(/1 amber-heron +prepared +yes +no +0 +leave it running/);
    expect(text).toMatch(/2 brisk-otter +not heard .* conclave ceremony join FILE/);
    expect(text).toContain('Next: start brisk-otter with "conclave node run"');
  });

  it('is the same for programs', async () => {
    const { cli, order } = against({ ...view, state: 'prepared', standings }, true);
    await status(cli, 'latest');
    expect(JSON.parse(order.at(-1) ?? '')).toMatchObject({ standings, advice: { phase: 'prepared' } });
  });
});

describe('watching an epoch change', () => {
  it('ends well for the member that leaves', async () => {
    const { cli, order } = against({ ...view, state: 'left', address: definition.key.address });
    await watch(cli, 'latest');
    expect(order.at(-1)).toContain('this node has left: the key goes on without it');
  });

  it('ends with the failure of one that came to nothing', async () => {
    const { cli } = against({ ...view, state: 'timed-out' });
    await expect(watch(cli, 'latest')).rejects.toThrow(expect.objectContaining({ code: 'ceremony-ended' }));
  });
});
