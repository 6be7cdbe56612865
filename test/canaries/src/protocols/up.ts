import '../chain/thing.ts';
