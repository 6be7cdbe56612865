import type { Secret } from '../../crypto/secret.ts';
import { accountOfKey, signDigest } from '../../ethereum/deployment-tx.ts';
import { DacMember, type DacMemberSettings } from '../../services/dac/member.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { takeFolder } from '../../system/folder-lease.ts';
import { createLog } from '../../system/log.ts';
import { serveDac } from '../dac-http.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { result } from '../output.ts';
import { type Cli, bigFlag, numberFlag } from './context.ts';

/** Flags of `dac member`. */
export interface DacMemberFlags {
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
  readonly l2ChainId: string;
  readonly listen: string;
  readonly beyondLoopback?: boolean;
  readonly host?: string;
  readonly reserve: string;
}

/** Milliseconds between two looks for payloads whose time is over. */
const SWEEP_MS = 600_000;
const MEGABYTE = 1_048_576;

/** Serves a member of the committee until it is stopped. Flags are read before anything is made. */
export async function runDacMember(cli: Cli, flags: DacMemberFlags): Promise<void> {
  const settings = {
    l2ChainId: bigFlag('--l2-chain-id', flags.l2ChainId),
    reserveBytes: numberFlag('--reserve', flags.reserve) * MEGABYTE,
  };
  const key = await readKeyFile(flags.keyFile, 'dac', flags.keyPasswordFile);
  const lease = await takeFolder(cli.dataDir, systemClock.nowMs());
  try {
    await serveMember(cli, flags, { settings, key });
  } finally {
    // Held on, it would keep the folder, and the process, of a member that never served.
    await lease.release();
    key.wipe();
  }
}

async function serveMember(
  cli: Cli,
  flags: DacMemberFlags,
  { settings, key }: { readonly settings: DacMemberSettings; readonly key: Secret },
): Promise<void> {
  const account = accountOfKey(key);
  const log = createLog(
    { level: cli.flags.quiet === true ? 'error' : 'info', format: 'console' },
    { write: (line) => void process.stderr.write(line) },
  );
  const member = new DacMember(settings, {
    ...{ disk: openDisk({ folder: cli.dataDir }), clock: systemClock, log },
    sign: (digest) => signDigest(digest, key),
  });
  const server = await serveDac(
    {
      address: flags.listen,
      beyondLoopback: flags.beyondLoopback === true,
      allowedHosts: flags.host === undefined ? [] : [flags.host],
    },
    member,
  );
  const stopSweeping = sweepAgain(member);
  const url = `http://${server.address}`;
  result(cli.output, { account, url }, [
    `${cli.output.paint('good', '✔')} member ${account} keeps payloads at ${url}; Ctrl-C stops it`,
  ]);
  await new Promise<void>((stop) => {
    process.once('SIGINT', () => stop()).once('SIGTERM', () => stop());
  });
  stopSweeping();
  await server.close();
}

function sweepAgain(member: DacMember): () => void {
  let cancel: () => void = () => undefined;
  const again = (): void => {
    member.sweep();
    cancel = systemClock.after(SWEEP_MS, again);
  };
  again();
  return () => cancel();
}
