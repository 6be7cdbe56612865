import '../beta/thing.ts';
