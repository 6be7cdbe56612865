import '../protocols/thing.ts';
