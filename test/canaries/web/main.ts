import '../src/node/thing.ts';
import '../src/audit/thing.ts';
