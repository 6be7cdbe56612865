import '../../apps/thing.ts';
