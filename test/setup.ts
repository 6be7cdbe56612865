import fc from 'fast-check';

import { installPrimitives } from '../src/crypto/primitives.ts';
import { nativePrimitives } from '../src/system/native.ts';

// One fixed seed: a property that fails here fails on every machine. A failure found becomes a plain test.
fc.configureGlobal({ seed: 0x0c0c_1a7e, numRuns: 50 });

// The suites run on the native primitives where the platform has them, as a node does. The compliance suite
// runs on both.
const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);
