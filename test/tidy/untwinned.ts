import type { Allowance } from './allowances.ts';

const commands = 'a thin command; test/e2e/cli.test.ts and the demo run it in a process of its own';

/** Files of `src` without a test of their own in `test/unit`: why, and where they are tested. */
export const untwinned: readonly Allowance[] = [
  ['src/system/ports.ts', 'types only; test/compliance holds the suite of every port'],
  ['src/ethereum/batch-inbox.ts', 'generated; contracts/test and test/e2e/l1.test.ts run it'],
  ['src/crypto/bulk.ts', 'types only; test/compliance/bulk.test.ts holds the suite of every implementation'],
  ['src/crypto/operations.ts', 'types only; test/compliance holds the suite of every implementation'],
  ['src/protocols/kernel/session-state.ts', 'types only; session.test.ts goes through the states'],
  ['src/protocols/kernel/transcript.ts', 'types only; ledger.test.ts makes transcripts'],
  ['src/apps/cli/ceremony.ts', commands],
  ['src/apps/cli/ceremony-files.ts', commands],
  ['src/apps/cli/cluster.ts', commands],
  ['src/apps/cli/config.ts', commands],
  ['src/apps/cli/guard.ts', commands],
  ['src/apps/cli/identity.ts', commands],
  ['src/apps/cli/init.ts', commands],
  ['src/apps/cli/key.ts', commands],
  [
    'src/apps/cli/key-backup.ts',
    'test/e2e/backup.test.ts runs every command, as the page for operators has it',
  ],
  ['src/apps/cli/node.ts', commands],
  ['src/apps/cli/policy.ts', commands],
  ['src/apps/cli/presign.ts', commands],
  ['src/apps/cli/sign.ts', commands],
  ['src/apps/cli/sign-batch.ts', commands],
  ['src/apps/cli/status.ts', commands],
  ['src/apps/cli/version.ts', commands],
  ['src/apps/main.ts', commands],
  ['src/apps/signer.ts', 'puts ports together; test/e2e/cli.test.ts and the demo start it as a process'],
  ['src/apps/session-worker.ts', 'the entry of a thread; every ceremony of test/e2e runs in it'],
  ['src/apps/late-identity.ts', 'test/unit/apps/new-node.test.ts tests both ways to an identity'],
  ['src/apps/public-identity.ts', 'test/unit/apps/new-node.test.ts reads what was made'],
  ['src/apps/master-file.ts', 'one constant, the name of a file'],
  ['src/node/api.ts', 'types only; the stories use all of it'],
  ['src/node/key-context.ts', 'types only; key-custody.test.ts makes one'],
  ['src/node/ceremony/deps.ts', 'types only; the stories bring all of it'],
  ['src/node/ceremony/ceremony.ts', 'test/stories runs whole ceremonies, and ends them in every phase'],
  ['src/node/node.ts', 'test/stories runs it over real links, with restarts'],
  ['src/apps/session-worker.ts', 'the entry of a thread; test/e2e runs it'],
];
