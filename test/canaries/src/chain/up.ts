import '../audit/thing.ts';
