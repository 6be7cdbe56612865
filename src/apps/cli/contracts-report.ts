import { to0x } from '../../crypto/bytes.ts';
import type { DeploymentStep } from '../../ethereum/deployment-plan.ts';
import type { CheckRow } from '../deploy/check.ts';
import type { MinedStep } from '../deploy/journal.ts';
import { exits } from '../exit-codes.ts';
import { type Output, document, progress, result, table } from '../output.ts';

/** Says of every step that it is in a block. */
export const hearing =
  (output: Output): ((step: DeploymentStep, mined: MinedStep, isOld: boolean) => void) =>
  ({ name, created }, { hash, block, gasUsed }, isOld) => {
    const address = created?.address;
    progress(
      output,
      {
        ...{ type: 'step', step: name, address, transaction: to0x(hash) },
        ...{ block: Number(block), gas: Number(gasUsed), earlier: isOld },
      },
      `${isOld ? 'there ' : 'made  '} ${name.padEnd(24)} ${address ?? 'called'}`,
    );
  };

/** What a deployment made, what was checked of it, and what must still be done. */
export interface Checked {
  readonly code: readonly { readonly name: string; readonly at: string }[];
  readonly rows: readonly CheckRow[];
  readonly left: readonly string[];
  /** More fields of the JSON result. */
  readonly more?: object;
}

/** The end of a deployment or of a check. A check that failed makes the exit code 7. */
export function reportChecks(output: Output, { code, rows, left, more = {} }: Checked): void {
  const wrong = rows.filter(({ ok }) => !ok);
  const powers = rows.filter(({ kind }) => kind === 'power');
  const changed = rows.filter((row) => row.changed === true);
  const value = {
    ...{ type: 'result', ok: wrong.length === 0, ...more, checks: rows, left },
    addresses: Object.fromEntries(code.map(({ name, at }) => [name, at])),
  };
  if (wrong.length > 0) process.exitCode = exits.verification;
  const alone = powers.length === 0 ? '' : ', power of the Timelock alone';
  const good = `✔ ${rows.length} checks: code as built, values as recorded${alone}`;
  const lines = [
    ...(powers.length === 0
      ? []
      : table([
          ['who or what', 'rule', ''],
          ...powers.map(({ subject, rule, ok }) => [subject, rule, ok ? 'yes' : 'NO']),
        ])),
    ...changed.map((row) => `${output.paint('warn', '!')} ${foundInstead(row)}: changed by a vote since`),
    ...wrong.map((row) => `${output.paint('bad', '✖')} ${foundInstead(row)}`),
    wrong.length === 0
      ? output.paint('good', good)
      : `${output.paint('bad', `✖ ${wrong.length} of ${rows.length} checks failed`)} [deployment-unsafe]`,
    `left to do: ${left.join('; ')}`,
  ];
  if (wrong.length === 0) result(output, value, lines);
  else document(output, value, lines);
}

const foundInstead = ({ subject, rule, found }: CheckRow): string =>
  `${subject}: not so: ${rule}${found === undefined ? '' : `; it is ${found}`}`;
