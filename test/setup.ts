import fc from 'fast-check';

// One fixed seed: a property that fails here fails again on every machine. A failure found becomes a plain test.
fc.configureGlobal({ seed: 0x0c0c_1a7e, numRuns: 50 });
