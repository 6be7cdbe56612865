import '../system/thing.ts';
