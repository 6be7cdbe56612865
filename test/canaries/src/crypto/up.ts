import '../ethereum/thing.ts';
