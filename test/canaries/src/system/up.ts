import '../node/thing.ts';
