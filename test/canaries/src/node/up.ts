import '../services/alpha/thing.ts';
