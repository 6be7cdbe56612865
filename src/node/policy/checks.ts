import { slotsOf } from '../../chain/duty.ts';
import { type PolicyInput, type Refused, refuse } from './verdict.ts';

/** The refusal, where something does not hold. */
export const unless = (holds: boolean, ...refusal: Parameters<typeof refuse>): Refused | undefined =>
  holds ? undefined : refuse(...refusal);

/**
 * The guard says the same again with its record; here it names the lane before anything is signed or stored.
 */
export function aboveMarks({ request, lowMarkOf }: PolicyInput): Refused | undefined {
  for (const slot of slotsOf(request)) {
    const low = lowMarkOf(slot);
    if (low !== undefined && slot.number <= low)
      return refuse('below-watermark', `${slot.lane} ${slot.number} is not above ${low}`);
  }
  return undefined;
}
